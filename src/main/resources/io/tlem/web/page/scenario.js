// The scenario's picture, and where the link is in it: dragged, or moved by keys, it is another time that is gone to.
import {time} from './charts.js';

const $ = id => document.getElementById(id);
const STEP = 0.01; // of all that is shown, an arrow key
const PAGE = 0.1;
const LEAST = 240; // pixels

export class Timeline {
  /**
   * @param load makes an URL of the picture, of a width
   * @param seek goes to a time, ns
   */
  constructor(load, seek) {
    this.load = load;
    this.seek = seek;
    this.shown = '';
    this.dragged = false;
    const scrub = $('scrub');
    scrub.addEventListener('pointerdown', event => {
      if (event.button !== 0) return;
      scrub.setPointerCapture(event.pointerId);
      this.dragged = true;
      this.point(this.at(event));
    });
    scrub.addEventListener('pointermove', event => {
      if (this.dragged) this.point(this.at(event));
    });
    scrub.addEventListener('pointerup', event => this.go(this.at(event)));
    scrub.addEventListener('pointercancel', () => { this.dragged = false; });
    scrub.addEventListener('keydown', event => this.key(event));
    new ResizeObserver(() => this.draw()).observe($('timeline-box'));
  }

  /** Shows where the scenario is; nothing of it when there is none. */
  show(scenario) {
    $('scenario-section').hidden = !scenario?.picture;
    if (!scenario?.picture) return;
    const {shown_ns} = scenario.picture;
    this.most = Math.min(shown_ns, scenario.length_ns ?? shown_ns);
    this.all = shown_ns;
    this.picture = scenario.picture;
    this.name = `${scenario.name} ${shown_ns}`;
    this.draw();
    const passed = scenario.points.filter(point => point.passed).at(-1);
    $('scenario-state').textContent = `${scenario.name}: ${scenario.state}, at ${time(scenario.position_ns)}`
      + (scenario.length_ns === undefined ? '' : ` of ${time(scenario.length_ns)}`) + (passed ? `, past ${passed.point}` : '');
    $('scenario-stop').disabled = scenario.state === 'stopped' || scenario.state === 'ended';
    if (!this.dragged) this.point(scenario.position_ns);
  }

  /** As wide as there is room; again when that, or the scenario, is another one. */
  draw() {
    const room = $('timeline-box').clientWidth;
    if (!this.picture || room === 0) return;
    const width = Math.max(LEAST, Math.min(this.picture.width, room));
    const name = `${width} ${this.name}`;
    if (name === this.shown) return;
    this.shown = name;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(width).then(url => {
      URL.revokeObjectURL($('timeline').src);
      $('timeline').src = url;
      const {left, right} = width <= this.picture.narrow.width ? this.picture.narrow : this.picture;
      $('scrub').style.left = `${left}px`;
      $('scrub').style.width = `${width - left - right}px`;
      $('scrub').setAttribute('aria-valuemax', String(this.most / 1e9));
    }, () => { this.shown = ''; }), 50);
  }

  point(nanos) {
    this.position = nanos;
    $('cursor').style.left = `${100 * Math.min(nanos / this.all, 1)}%`;
    $('scrub').setAttribute('aria-valuenow', String(nanos / 1e9));
    $('scrub').setAttribute('aria-valuetext', time(nanos));
  }

  at(event) {
    const box = $('scrub').getBoundingClientRect();
    return Math.round(Math.max(0, Math.min(this.most, this.all * (event.clientX - box.left) / box.width)));
  }

  go(nanos) {
    if (!this.dragged) return;
    this.dragged = false;
    this.point(nanos);
    this.seek(nanos);
  }

  key(event) {
    const steps = {ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageDown: -PAGE, PageUp: PAGE};
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? this.most
      : event.key in steps ? this.position + steps[event.key] * this.all : NaN;
    if (Number.isNaN(to)) return;
    event.preventDefault();
    const nanos = Math.round(Math.max(0, Math.min(this.most, to)));
    this.point(nanos);
    this.seek(nanos);
  }
}
