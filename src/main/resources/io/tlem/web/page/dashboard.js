import * as api from './api.js';
import {Charts, time} from './charts.js';
import {Controls} from './controls.js';
import {Timeline} from './scenario.js';

const $ = id => document.getElementById(id);
const charts = new Charts();
const timeline = new Timeline(
  async width => URL.createObjectURL(await api.blob(`scenario?width=${width}`)), nanos => move('seek', {to: `${nanos}ns`}));
let controls;
let inForce = {};
let version = -1;

function choices(box, names, chosen, choose) {
  box.replaceChildren(...Object.entries(names).map(([name, label]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = label;
    button.setAttribute('aria-pressed', String(name === chosen));
    button.addEventListener('click', () => {
      for (const other of box.children) other.setAttribute('aria-pressed', String(other === button));
      choose(name);
    });
    return button;
  }));
}

function state(text, live) {
  $('state').textContent = text;
  $('state').className = live ? 'live' : 'off';
}

function say(answer, refused, where = 'answer') {
  const line = $(where);
  line.className = refused ? 'bad' : '';
  if (refused) {
    line.textContent = refused.message;
    return;
  }
  const from = Object.entries(answer.from)
    .map(([way, since]) => `${way} from packet ${since.packet} on, ${time(since.elapsed_ns)} after the start`);
  line.textContent = from.length > 0 ? `Version ${answer.version}: ${from.join('; ')}` : 'Nothing is different';
  apply(answer.in_force, answer.version);
}

/** Has the scenario go somewhere. */
async function move(how, object) {
  try {
    const answer = await api.send('POST', `scenario/${how}`, object);
    say(answer, null, 'scenario-answer');
    timeline.show(answer.scenario);
  } catch (refused) {
    say(null, refused, 'scenario-answer');
  }
}

function apply(now, number) {
  inForce = now;
  controls.show(now);
  if (number !== version) {
    version = number;
    $('version').textContent = `version ${number}`;
    refresh().catch(() => {});
  }
}

/** A change as YAML in one line, as a scenario's step has it. */
function yaml(value) {
  if (value !== null && typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, of]) => `${key}: ${yaml(of)}`);
    return `{${pairs.join(', ')}}`;
  }
  const text = String(value);
  return typeof value !== 'string' || /^[\w.][\w.%/+-]*( [\w.%/+-]+)*$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** What changes with each version only. */
async function refresh() {
  const {steps} = await api.get('journal');
  $('steps').replaceChildren(...steps.toReversed().map(step => {
    const row = document.createElement('tr');
    const from = Object.entries(step.from).map(([way, since]) => `${way} ${since.packet}`).join(', ');
    for (const text of [step.version, time(step.elapsed_ns), from || '–']) {
      row.appendChild(document.createElement('td')).textContent = text;
    }
    const what = row.appendChild(document.createElement('td'));
    what.append(step.cause === 'set' ? '' : `${step.cause}: `);
    what.appendChild(document.createElement('code')).textContent = yaml(step.change);
    return row;
  }));
  $('yaml').textContent = await api.text('config');
}

function take(event, data) {
  if (event === 'snapshot') {
    const directions = Object.keys(data.in_force);
    $('name').textContent = data.name;
    document.title = `${data.name} – tlem`;
    $('ports').textContent = `${data.start.ports.a.address} ⇄ ${data.start.ports.b.address}`;
    choices($('directions'), Object.fromEntries(directions.map(way => [way, way.replace('->', ' → ')])), directions[0],
      way => charts.show(way));
    const ways = directions.map(way => way.replace('->', '-to-'));
    choices($('ways'), Object.fromEntries(['both', ...ways].map(way => [way, way])), 'both',
      way => controls.choose(way, inForce));
    charts.start(data.bounds_ns, data.intervals, directions[0]);
    timeline.show(data.scenario);
    state('live', true);
    version = -1;
    apply(data.in_force, data.version);
  } else if (event === 'interval') {
    charts.add(data);
    timeline.show(data.scenario);
    $('elapsed').textContent = `${Math.round(data.report.elapsed_seconds)} s`;
    apply(data.in_force, data.version);
  } else if (event === 'end') {
    state('ended', false);
  }
}

async function start() {
  const models = await api.get('models');
  $('token-form').hidden = true;
  controls = new Controls(models, (answer, refused) => say(answer, refused));
  const {presets} = await api.get('presets');
  $('preset').append(...presets.map(preset => new Option(preset.name, preset.name)));
  $('preset').addEventListener('change', () => {
    $('preset-summary').textContent = presets.find(preset => preset.name === $('preset').value)?.summary ?? '';
  });
  const quietly = promise => promise.catch(() => {}); // what is refused has been said
  $('undo').addEventListener('click', () => quietly(controls.post('link/undo')));
  $('reset').addEventListener('click', () => quietly(controls.post('link/reset')));
  $('down').addEventListener('click', () => quietly(controls.set({[controls.way]: {link: 'down'}})));
  $('up').addEventListener('click', () => quietly(controls.set({[controls.way]: {link: 'up'}})));
  $('scenario-start').addEventListener('click', () => move('start'));
  $('scenario-stop').addEventListener('click', () => move('stop'));
  $('apply-preset').addEventListener('click', () => {
    if ($('preset').value) quietly(controls.set({preset: $('preset').value}));
  });
  $('export').addEventListener('click', async () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([await api.text('config')], {type: 'application/yaml'}));
    link.download = `${$('name').textContent}.yaml`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  $('import').addEventListener('change', async () => {
    const file = $('import').files[0];
    if (!file) return;
    const type = file.name.endsWith('.json') ? 'application/json' : 'application/yaml';
    try {
      say(await api.putText('link', await file.text(), type), null, 'import-answer');
    } catch (refused) {
      say(null, refused, 'import-answer');
    }
    $('import').value = '';
  });
  for (;;) {
    try {
      await api.events(take);
      if ($('state').textContent === 'ended') return;
    } catch (failure) {
      if (failure.status === 401) throw failure;
    }
    state('not connected', false);
    await new Promise(done => setTimeout(done, 2000));
  }
}

function begin() {
  start().catch(failure => {
    if (failure.status === 401) {
      $('token-form').hidden = false;
      $('token').focus();
      state('a token is needed', false);
    } else {
      state(failure.message, false);
    }
  });
}

$('token-form').addEventListener('submit', event => {
  event.preventDefault();
  api.useToken($('token').value);
  begin();
});
begin();
