package io.tlem.web;

import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.LatencyRecorder;
import io.tlem.stats.Sample;
import io.tlem.stats.TimeHistogram;
import io.tlem.thread.HiccupMeter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * A program with a link that is served by HTTP, from a generator to a sink at a moderate rate. It says where it is found, and then
 * for each number of seconds on its standard input the packets of that time, their lateness p50 and p99, and the p99 of hiccups in
 * this process, all in ns.
 */
final class LinkUnderLoad {
    private static final int PERCENT = 99;

    private LinkUnderLoad() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        LinkSpec spec = new LinkSpec.Builder()
                .with(Setting.SEED, "7")
                .with(Setting.BUFFER, "4M")
                .with(Setting.HTTP, "0")
                .with(Setting.PORTS, "generator:size=200,pps=" + arguments[0], "sink:")
                .conclude();
        try (ServedLink served = new ServedLink(spec)) {
            System.out.println(served.server.url());
            BufferedReader rounds = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String round = rounds.readLine(); round != null; round = rounds.readLine()) {
                TimeHistogram hiccups = new TimeHistogram();
                TimeHistogram lateness = new TimeHistogram();
                Sample ignored = served.link.collector().next();
                HiccupMeter meter =
                        new HiccupMeter(nanos -> hiccups.recordValue(Math.min(nanos, LatencyRecorder.MAX_NANOS)));
                try {
                    for (int second = 0; second < Integer.parseInt(round); second++) {
                        Thread.sleep(1000);
                        served.link
                                .collector()
                                .next()
                                .span()
                                .getFirst()
                                .lateness()
                                .addTo(lateness);
                    }
                } finally {
                    meter.close();
                }
                System.out.println(lateness.getTotalCount() + " " + lateness.getValueAtPercentile(50) + " "
                        + lateness.getValueAtPercentile(PERCENT) + " " + hiccups.getValueAtPercentile(PERCENT));
            }
        }
    }
}
