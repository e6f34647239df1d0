package io.tlem.cli;

import java.math.BigInteger;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a seed: any number of 64 bits, with a sign or without one, as other programs print theirs. */
final class Seed implements ITypeConverter<Long> {
    private static final int MOST_DIGITS = 20;

    @Override
    public Long convert(String text) {
        if (text.matches("[+-]?[0-9]{1," + MOST_DIGITS + "}")) {
            BigInteger number = new BigInteger(text);
            if (number.bitLength() < Long.SIZE || (number.signum() > 0 && number.bitLength() == Long.SIZE)) {
                return number.longValue();
            }
        }
        throw new TypeConversionException(
                "'" + text + "' is not a whole number from " + Long.MIN_VALUE + " to " + Long.toUnsignedString(-1));
    }
}
