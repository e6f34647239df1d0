package io.tlem.impair.bandwidth;

import io.tlem.impair.Arguments;
import io.tlem.impair.BandwidthModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import java.util.List;

/** The bandwidths that come with the emulator. */
public final class BandwidthModels implements ModelLibrary {
    /** Bytes a frame takes on Ethernet beyond those in memory: preamble and delimiter 8, gap 12, FCS 4. */
    private static final int ETHERNET_OVERHEAD_BYTES = 24;

    private static final Parameter BPS = Parameter.required("bps", Unit.BANDWIDTH, "0 is no limit");

    @Override
    public List<ModelKind> kinds() {
        return List.of(
                new ModelKind(
                        Role.BANDWIDTH,
                        "constant",
                        List.of(BPS),
                        "BPS over the frame as captured, without framing and FCS",
                        "100M",
                        (arguments, random) -> atRate(arguments, 0)),
                new ModelKind(
                        Role.BANDWIDTH,
                        "ether",
                        List.of(BPS),
                        "BPS on the wire: 24 bytes a frame (preamble 8, gap 12, FCS 4) are counted",
                        "ether,1G",
                        (arguments, random) -> atRate(arguments, ETHERNET_OVERHEAD_BYTES)));
    }

    private static BandwidthModel atRate(Arguments arguments, int overheadBytes) {
        long bitsPerSecond = arguments.bandwidth("bps");
        return bitsPerSecond == 0 ? BandwidthModel.unlimited() : new ConstantBandwidth(bitsPerSecond, overheadBytes);
    }
}
