// Draws what the link does: the last minutes, a point a second.
import uPlot from './uPlot.esm.js';

const kept = 120;
const leftOf = 78; // of the charts' areas are their values
// Okabe and Ito's colours, which all eyes tell apart; with dashes besides.
const onLight = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8a6d00', '#7f7f7f', '#5d3a9b', '#994f00', '#40b0a6'];
// The same hues, lighter, where the page is dark.
const onDark = ['#56b4e9', '#ff9b45', '#35c99a', '#e59ac8', '#f0c040', '#a5d8f5', '#f0e442', '#b0b6bd', '#b79cf0', '#e0a060', '#5fd8cc'];
const dark = matchMedia('(prefers-color-scheme: dark)');
const dashes = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

export const rate = value => value == null ? '–' : scaled(value, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']);
export const count = value => value == null ? '–' : scaled(value, ['', 'k', 'M', 'G']);
export function time(nanos) {
  if (nanos == null) return '–';
  return nanos < 1e3 ? `${Math.round(nanos)} ns` : nanos < 1e6 ? `${short(nanos / 1e3)} µs`
    : nanos < 1e9 ? `${short(nanos / 1e6)} ms` : `${short(nanos / 1e9)} s`;
}
const seconds = value => value == null ? '' : `${Math.round(value)} s`;
const short = value => String(Number(value.toPrecision(3)));
function scaled(value, units) {
  let i = 0;
  while (Math.abs(value) >= 1000 && i < units.length - 1) {
    value /= 1000;
    i++;
  }
  return `${short(value)} ${units[i]}`.trim();
}

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

class Chart {
  constructor(id, format, lines, logarithmic) {
    Object.assign(this, {box: document.getElementById(id), format, lines, logarithmic});
    this.box.textContent = '';
    const text = style('--faint');
    const colours = dark.matches ? onDark : onLight;
    // Of a logarithmic axis the powers of 10 alone: all others are too many lines to see the data.
    const isMajor = value => !logarithmic || Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;
    const grid = {stroke: style('--line'), width: 1};
    const majors = {...grid, filter: (u, all) => all.map(v => v != null && isMajor(v) ? v : null)};
    this.plot = new uPlot({
      width: this.width(), height: 190,
      cursor: {y: false, drag: {x: false, y: false}},
      scales: {x: {time: false}, y: logarithmic
        ? {distr: 3, range: (u, low, high) => [10 ** Math.floor(Math.log10(Math.max(low ?? 1e3, 1e2))), 10 ** Math.ceil(Math.log10(Math.max(high ?? 1e6, 1e4)))]}
        : {range: (u, low, high) => [0, Math.max(high ?? 0, 1) * 1.08]}},
      axes: [
        {stroke: text, grid, ticks: grid, values: (u, all) => all.map(v => `${v} s`), size: 30},
        {stroke: text, grid: majors, ticks: majors, values: (u, all) => all.map(v => v == null ? '' : format(v)), size: leftOf},
      ],
      series: [{label: 'at', value: (u, v) => seconds(v ?? u.data[0].at(-1))},
        ...lines.map((line, i) => ({
          label: line.label, stroke: colours[i % colours.length], dash: dashes[i % dashes.length], width: 2,
          points: {show: false}, value: (u, v, i, at) => format(at == null ? u.data[i].at(-1) : v),
        }))],
    }, [[], ...lines.map(() => [])], this.box);
    this.observer = new ResizeObserver(() => this.plot.setSize({width: this.width(), height: 190}));
    this.observer.observe(this.box);
  }

  width() {
    return Math.max(220, this.box.clientWidth);
  }

  draw(times, intervals) {
    const rows = this.lines.map(line => intervals.map(interval => {
      const value = line.of(interval);
      return value == null || this.logarithmic && value <= 0 ? null : value;
    }));
    this.plot.setData([times, ...rows]);
    this.plot.setLegend({idx: this.plot.cursor.idx ?? null}, false); // the latest values, unless somebody points at others
  }

  end() {
    this.observer.disconnect();
    this.plot.destroy();
  }
}

/** All charts of one direction. */
export class Charts {
  constructor() {
    this.intervals = [];
    this.bounds = [];
    this.direction = '';
    this.charts = [];
    this.reasons = [];
    dark.addEventListener('change', () => this.make());
    new ResizeObserver(() => this.heat()).observe(document.getElementById('heat'));
  }

  start(bounds, intervals, direction) {
    this.bounds = bounds;
    this.intervals = intervals.slice(-kept);
    this.direction = direction;
    this.make();
  }

  show(direction) {
    this.direction = direction;
    this.make();
  }

  add(interval) {
    this.intervals.push(interval);
    if (this.intervals.length > kept) this.intervals.shift();
    // A chart has the lines that it began with.
    if (this.charts.length === 0 || this.reasonsNow().join() !== this.reasons.join()) this.make();
    else this.draw();
  }

  way(interval) {
    return interval.report.directions.find(way => way.name === this.direction);
  }

  /** Why packets were dropped in the time that is shown. */
  reasonsNow() {
    const drops = this.intervals.map(interval => this.way(interval).dropped_packets);
    return Object.keys(drops.at(-1) ?? {}).filter(reason => drops.some(all => all[reason] > 0));
  }

  make() {
    this.charts.forEach(chart => chart.end());
    this.charts = [];
    const last = this.intervals.at(-1);
    if (!last) return;
    this.reasons = this.reasonsNow();
    const seconds = interval => interval.span;
    const of = what => interval => what(this.way(interval), interval);
    this.charts = [
      new Chart('chart-rate', rate, [
        {label: 'in', of: of((way, i) => way.received_bytes * 8 / seconds(i))},
        {label: 'out', of: of(way => way.bits_per_second)},
        {label: 'asked for', of: i => i.limits[this.direction]?.max_bits_per_second || null},
      ]),
      new Chart('chart-inside', count, [
        {label: 'in the buffer', of: of(way => way.buffered_packets)},
        {label: 'held in the queue', of: of(way => way.held_packets)},
        {label: 'queue at most', of: of(way => way.queue_high_water_packets)},
      ]),
      new Chart('chart-drops', count, this.reasons.map(reason =>
        ({label: reason, of: of(way => way.dropped_packets[reason])}))),
      new Chart('chart-time', time, ['p50', 'p99', 'max'].map(p => ({label: p, of: of(way => way.time_inside_ns[p])})), true),
      new Chart('chart-late', time, ['p50', 'p99', 'max'].map(p => ({label: p, of: of(way => way.lateness_ns[p])})), true),
    ];
    this.draw();
  }

  draw() {
    let before = 0;
    const times = this.intervals.map(interval => {
      const at = interval.report.elapsed_seconds;
      interval.span = Math.max(0.001, before && at > before ? at - before : 1);
      before = at;
      return at;
    });
    this.charts.forEach(chart => chart.draw(times, this.intervals));
    this.heat();
    this.now();
  }

  now() {
    const last = this.intervals.at(-1);
    const way = this.way(last);
    const dropped = Object.values(way.dropped_packets).reduce((a, b) => a + b, 0);
    const limit = last.limits[this.direction]?.max_bits_per_second;
    const facts = {
      'In': rate(way.received_bytes * 8 / last.span), 'Out': rate(way.bits_per_second),
      'Asked for': limit ? rate(limit) : 'no limit',
      'Dropped': `${dropped} of ${way.received_packets}`, 'Inside': `${way.buffered_packets} packets`,
      'Median time': time(way.time_inside_ns.p50), 'Late, p99': time(way.lateness_ns.p99),
    };
    document.getElementById('now').replaceChildren(...Object.entries(facts).map(([name, value]) => {
      const pair = document.createElement('div');
      const term = pair.appendChild(document.createElement('dt'));
      const said = pair.appendChild(document.createElement('dd'));
      term.textContent = name;
      said.textContent = value;
      return pair;
    }));
  }

  /** A column a second, a row a range of times; the darker, the more packets. */
  heat() {
    const canvas = document.getElementById('heat');
    const dense = devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * dense);
    const height = Math.round(canvas.clientHeight * dense);
    if (width === 0 || this.intervals.length === 0) return;
    canvas.width = width;
    canvas.height = height;
    const draw = canvas.getContext('2d');
    const columns = this.intervals.map(i => i.counts[this.direction]?.time_inside ?? []);
    const places = columns.flat().map(pair => pair[0]);
    const low = Math.max(0, Math.min(...places, this.bounds.length) - 2);
    const high = Math.max(...places, low + 4) + 1;
    const left = leftOf * dense;
    const foot = 24 * dense;
    const cell = (width - left - 8 * dense) / columns.length; // the span of the charts beside it
    const row = (height - foot) / (high - low + 1);
    const most = Math.max(1, ...columns.flat().map(pair => pair[1]));
    draw.fillStyle = style('--faint');
    draw.font = `${12 * dense}px system-ui, sans-serif`;
    draw.textAlign = 'right';
    const every = Math.ceil((high - low + 1) / 7);
    for (let place = low; place <= high; place += every) {
      const y = height - foot - (place - low + 1) * row + 4 * dense;
      if (this.bounds[place] !== undefined && y > 10 * dense) {
        draw.fillText(time(this.bounds[place]), left - 6 * dense, y);
      }
    }
    draw.textAlign = 'center';
    const step = Math.max(1, Math.ceil(columns.length / 6 / 5) * 5);
    this.intervals.forEach((interval, i) => {
      const at = Math.round(interval.report.elapsed_seconds);
      const x = left + (i + 0.5) * cell;
      if (at % step === 0 && x < width - 14 * dense) draw.fillText(seconds(at), x, height - 6 * dense);
    });
    draw.fillStyle = style('--accent');
    columns.forEach((pairs, i) => {
      for (const [place, times] of pairs) {
        draw.globalAlpha = 0.15 + 0.85 * Math.log1p(times) / Math.log1p(most);
        draw.fillRect(left + i * cell, height - foot - (place - low + 1) * row, Math.max(1, cell - 0.5), Math.max(1, row - 1));
      }
    });
    draw.globalAlpha = 1;
    draw.strokeStyle = style('--line');
    draw.strokeRect(left, 0.5, width - left - 8 * dense, height - foot);
  }
}
