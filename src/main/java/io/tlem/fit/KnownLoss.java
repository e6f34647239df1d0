package io.tlem.fit;

import io.tlem.impair.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What testers know of losses, as parameters of the loss models: in closed form.
 *
 * @param loss of all packets that are lost, above 0 and below 1
 * @param meanBurst mean length of a burst, packets, 1 or more: lost ones, or with a density or good packets in it all of it
 * @param density of the packets of a burst that are lost
 * @param isolated of the packets between bursts that are lost
 * @param meanGood mean number of packets in a row that get through within a burst, 1 or more
 */
public record KnownLoss(
        double loss,
        Optional<Double> meanBurst,
        Optional<Double> density,
        Optional<Double> isolated,
        Optional<Double> meanGood) {
    private static final String SALSANO =
            "S. Salsano, F. Ludovici, A. Ordine: Definition of a general and intuitive loss"
                    + " model for packet networks and its implementation in the Netem module in the Linux kernel, 2012";

    /**
     * The model.
     *
     * @throws IllegalArgumentException with one line when there is no such loss
     */
    public LinkFile.Model model() {
        if (!(loss > 0 && loss < 1)) {
            throw new IllegalArgumentException("--loss must be above 0 and below 1 (100%)");
        }
        boolean wide = density.isPresent() || isolated.isPresent() || meanGood.isPresent();
        if (meanBurst.isEmpty()) {
            if (wide) {
                throw new IllegalArgumentException(
                        "--burst-density, --isolated-loss and --mean-good describe bursts; they need --mean-burst");
            }
            return new LinkFile.Model(
                    Role.LOSS,
                    number(loss),
                    List.of("each packet by itself; bursts have " + number(1 / (1 - loss)) + " packets on average"));
        }
        double burst = meanBurst.get();
        if (burst < 1) {
            throw new IllegalArgumentException("--mean-burst is less than 1 packet");
        }
        return wide ? wide(burst) : gilbert(burst);
    }

    private LinkFile.Model gilbert(double burst) {
        double r = 1 / burst;
        double p = loss / (burst * (1 - loss));
        if (p > 1) {
            throw new IllegalArgumentException("a loss of " + number(loss) + " in bursts of " + number(burst)
                    + " packets leaves less than a packet between bursts; bursts must have at least "
                    + number(loss / (1 - loss)) + " packets on average");
        }
        return new LinkFile.Model(
                Role.LOSS,
                "gilbert," + number(p) + "," + number(r),
                List.of(
                        "r = 1 / B, p = P / (B (1 - P)) with the loss P = " + number(loss) + " and bursts of B = "
                                + number(burst) + " packets",
                        "E. N. Gilbert: Capacity of a burst-noise channel, 1960; " + SALSANO));
    }

    private LinkFile.Model wide(double burst) {
        double dense = density.orElse(1.0);
        double alone = isolated.orElse(0.0);
        if (!(alone < loss && loss < dense)) {
            throw new IllegalArgumentException("the loss, " + number(loss) + ", must lie between the isolated loss, "
                    + number(alone) + ", and the density of bursts, " + number(dense));
        }
        return meanGood.isPresent() ? fourStates(burst, dense, alone, meanGood.get()) : elliott(burst, dense, alone);
    }

    private LinkFile.Model elliott(double burst, double dense, double alone) {
        double r = 1 / burst;
        double p = (loss - alone) / (burst * (dense - loss));
        refuseAbove1(p, "bursts would follow each other without a packet between them: make them longer or denser");
        return new LinkFile.Model(
                Role.LOSS,
                "gemodel," + number(p) + "," + number(r) + "," + number(dense) + "," + number(alone),
                List.of(
                        "r = 1 / B, p = (P - I) / (B (D - P)), bad-loss = D, good-loss = I with the loss P = "
                                + number(loss) + ", bursts of B = " + number(burst) + " packets, of which D = "
                                + number(dense) + " are lost, and I = " + number(alone) + " of those between bursts",
                        "E. O. Elliott: Estimates of error rates for codes on burst-noise channels, 1963"));
    }

    private LinkFile.Model fourStates(double burst, double dense, double alone, double good) {
        if (good < 1) {
            throw new IllegalArgumentException("--mean-good is less than 1 packet");
        }
        double p13 = (loss - alone) / (burst * (1 - alone) * (dense - loss));
        double p31 = 1 / (burst * dense);
        double p32 = (1 - dense) / (dense * good);
        double p14 = alone / (1 - alone);
        refuseAbove1(p13 + p14, "bursts would follow each other without a packet between them: make them longer");
        refuseAbove1(p31 + p32, "a burst would be over before its packets are sent: make it longer or denser");
        List<String> numbers = new ArrayList<>();
        for (double value : new double[] {p13, p31, p32, 1 / good, p14}) {
            numbers.add(number(value));
        }
        return new LinkFile.Model(
                Role.LOSS,
                "state," + String.join(",", numbers),
                List.of(
                        "p13 = (P - I) / (B (1 - I) (D - P)), p31 = 1 / (B D), p32 = (1 - D) / (D G), p23 = 1 / G,"
                                + " p14 = I / (1 - I) with the loss P = " + number(loss) + ", bursts of B = "
                                + number(burst) + " packets, of which D = " + number(dense) + " are lost, G = "
                                + number(good) + " in a row get through, and I = " + number(alone)
                                + " lost of those between bursts",
                        SALSANO));
    }

    private static void refuseAbove1(double probability, String meaning) {
        if (probability > 1) {
            throw new IllegalArgumentException("there is no such loss: " + meaning);
        }
    }

    private static String number(double value) {
        return Digits.rounded(value, 1e-8 * value);
    }
}
