package io.tlem.fit;

import io.tlem.impair.Role;
import io.tlem.spec.Section;
import io.tlem.stats.Format;
import io.tlem.text.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A link there and back, of what ping has printed. */
public final class PingFit {
    private static final double LEAST_CORRELATION = 0.02;

    /** What a ping cannot tell: which way had the losses, and which the delay. */
    public enum Split {
        /** Each way has the same part. */
        EVEN,
        /** All losses and all that varies are on the way there. */
        THERE
    }

    private final PingLog log;
    private final Split split;
    private final long[] times;
    private final DelayTable table;
    private final Estimate correlation;
    private final Estimate loss;
    private final List<LossFit> losses;

    /** @param log with at least one answer */
    public PingFit(PingLog log, Split split) {
        this.log = log;
        this.split = split;
        times = log.times();
        long[] sorted = times.clone();
        Arrays.sort(sorted);
        table = DelayTable.ofSorted(sorted);
        correlation = Correlation.ofScores(FitCheck.doubles(times));
        LossSequence sequence = log.losses();
        loss = sequence.rate("loss");
        losses = LossFit.of(sequence);
    }

    private boolean varies() {
        return table.quantiles()[0] != table.quantiles()[table.quantiles().length - 1];
    }

    private boolean isCorrelated() {
        return varies() && correlation.low() > LEAST_CORRELATION;
    }

    /** For people. */
    public List<String> summary() {
        List<String> lines = new ArrayList<>();
        lines.add("packets      " + Format.count(log.sent()) + " sent, " + Format.count(log.answered()) + " answered");
        lines.add("loss         " + loss.shown() + ", there and back");
        if (!losses.isEmpty()) {
            lines.add("loss model   " + losses.getFirst().specification());
        }
        lines.add("RTT          least " + Format.nanos(table.quantiles()[0]) + ", median "
                + Format.nanos(Math.round(table.quantile(0.5))) + ", mean " + Format.nanos(Math.round(table.mean()))
                + ", 99 % " + Format.nanos(Math.round(table.quantile(0.99))) + ", deviation "
                + Format.nanos(Math.round(table.deviation())));
        lines.add("correlation  " + correlation.shown() + " from one packet to the next");
        lines.add("duplicates   " + Format.count(log.duplicates()) + ", answers out of order "
                + Format.count(log.reordered()));
        lines.add(
                split == Split.EVEN
                        ? "split        each way has half: a ping cannot tell the ways apart; mean and variance of the RTT"
                                + " are kept, its shape nearly"
                        : "split        half of the least RTT each way, all else on the way there; the RTT's distribution is"
                                + " kept");
        return lines;
    }

    /**
     * Writes the configuration and its table.
     *
     * @param file of the configuration; the table is beside it
     * @return the files that were written
     */
    public List<Path> write(Path file) throws IOException {
        List<Path> written = new ArrayList<>();
        long half = table.quantiles()[0] / 2;
        List<String> head = List.of(
                "Of " + log.sent() + " packets of ping, " + log.answered() + " of which were answered.",
                split == Split.EVEN
                        ? "A ping cannot tell the ways apart: each has half of the losses and half of the delay. Mean and"
                                + " variance of the round-trip time are as measured."
                        : "A ping cannot tell the ways apart: losses, and all delay above half of the least round-trip time,"
                                + " are on the way there.");
        Map<Section, List<LinkFile.Model>> sections = new EnumMap<>(Section.class);
        if (split == Split.EVEN) {
            // Of two independent halves each has half of the variance.
            double excess = table.mean() - table.quantiles()[0];
            DelayTable way = table.map(
                    rtt -> Math.round(half + excess / 2 + (rtt - table.quantiles()[0] - excess) / Math.sqrt(2)));
            sections.put(Section.BOTH, models(way, 1 - Math.sqrt(1 - loss.value()), file, written));
        } else {
            sections.put(Section.A_TO_B, models(table.map(rtt -> rtt - half), loss.value(), file, written));
            sections.put(Section.B_TO_A, List.of(constant(half)));
        }
        OutputFile.write(file, LinkFile.yaml(head, sections));
        written.addFirst(file);
        return written;
    }

    private List<LinkFile.Model> models(DelayTable way, double lost, Path file, List<Path> written) throws IOException {
        List<LinkFile.Model> models = new ArrayList<>();
        if (!losses.isEmpty()) {
            LossFit fit = losses.getFirst();
            // Bursts stay as long, and are as much rarer.
            String model = split == Split.THERE || lost == 0 ? fit.specification() : rarer(fit, lost);
            models.add(LinkFile.checked(
                    new LinkFile.Model(Role.LOSS, model, List.of("loss there and back: " + loss.shown()))));
        }
        models.add(varies() ? table(way, file, written) : constant(way.quantiles()[0]));
        if (log.duplicates() > 0) {
            double share = (double) log.duplicates() / log.answered() / (split == Split.EVEN ? 2 : 1);
            models.add(new LinkFile.Model(
                    Role.DUPLICATE,
                    Digits.rounded(Math.min(1, share), share * 1e-2),
                    List.of(log.duplicates() + " answers came again")));
        }
        return models;
    }

    private static LinkFile.Model constant(long nanos) {
        return new LinkFile.Model(Role.DELAY, nanos + "ns", List.of());
    }

    private LinkFile.Model table(DelayTable way, Path file, List<Path> written) throws IOException {
        Path samples = Beside.file(file, CaptureFit.SAMPLES);
        Path dist = Beside.file(file, CaptureFit.DIST);
        way.writeSamples(samples);
        way.writeDist(dist, Beside.stem(file));
        written.add(samples);
        written.add(dist);
        return new LinkFile.Model(
                Role.DELAY,
                "samples," + Beside.quoted(samples) + (isCorrelated() ? "," + correlation.parameter() : ""),
                List.of("mean " + Format.nanos(Math.round(way.mean())) + ", deviation "
                        + Format.nanos(Math.round(way.deviation()))));
    }

    private static String rarer(LossFit fit, double lost) {
        return switch (fit.family()) {
            case INDEPENDENT -> Digits.rounded(lost, lost * 1e-3);
            case GILBERT -> {
                double r = fit.estimates().get(1).value();
                yield "gilbert," + Digits.rounded(r * lost / (1 - lost), 1e-3 * lost) + ","
                        + fit.estimates().get(1).parameter();
            }
            default -> {
                // The same bursts, begun so much more rarely that the rate is what it is to be.
                double low = 0;
                double high = 1;
                double[] values =
                        fit.estimates().stream().mapToDouble(Estimate::value).toArray();
                for (int i = 0; i < 50; i++) {
                    double factor = (low + high) / 2;
                    if (fit.family().lossRate(fewer(fit.family(), values, factor)) < lost) {
                        low = factor;
                    } else {
                        high = factor;
                    }
                }
                StringBuilder text = new StringBuilder(fit.family().kind());
                for (double value : fewer(fit.family(), values, high)) {
                    text.append(',').append(Digits.rounded(value, value * 1e-2));
                }
                yield text.toString();
            }
        };
    }

    /** All that begins a loss outside of bursts, by a factor. */
    private static double[] fewer(LossFamily family, double[] values, double factor) {
        double[] fewer = values.clone();
        fewer[0] *= factor;
        if (family == LossFamily.GILBERT_ELLIOTT) {
            fewer[3] *= factor;
        } else if (family == LossFamily.STATES_ISOLATED) {
            fewer[4] *= factor;
        }
        return fewer;
    }
}
