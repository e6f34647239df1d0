// A form for each role, made of the models' own descriptions, and for what else can change.
import {send} from './api.js';

const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

/** As the command line does: at commas without a backslash before them. */
const words = spec => (spec.match(/(\\.|[^,\\])+|(?<=,|^)(?=,|$)/gs) ?? []).map(word => word.trim());

/** Something that can change: what it is, what is in force, fields, and what is wrong in them. */
class Form {
  /** @param whole whether it goes for the whole link, not for a direction */
  constructor(name, description, whole) {
    this.name = name;
    this.whole = whole;
    this.inputs = [];
    this.box = element('details');
    const head = this.box.appendChild(element('summary', name));
    this.shown = head.appendChild(element('code', 'none'));
    this.box.append(element('p', description, {class: 'note'}));
    const form = this.box.appendChild(element('form', '', {novalidate: ''}));
    this.fields = form.appendChild(element('div', '', {class: 'fields'}));
    this.error = form.appendChild(element('p', '', {class: 'error', role: 'alert', id: `${name}-error`}));
    form.append(element('button', 'Apply', {class: 'main'}));
    form.addEventListener('input', () => this.checkSoon());
    form.addEventListener('submit', event => {
      event.preventDefault();
      clearTimeout(this.timer);
      this.change(this.spec()).then(() => this.clear(), refused => this.refuse(refused));
    });
  }

  field(parent, id, label, input, note) {
    const box = parent.appendChild(element('div', '', {class: 'field'}));
    box.append(element('label', label, {for: id}));
    input.id = id;
    box.append(input);
    if (note) {
      box.append(element('p', note, {class: 'note', id: `${id}-note`}));
      input.setAttribute('aria-describedby', `${id}-note`);
    }
    return input;
  }

  /** What is in force. */
  show(spec) {
    if (this.shown.textContent === spec && this.filled) return;
    this.shown.textContent = spec;
    if (this.box.contains(document.activeElement) && this.filled) return; // somebody is writing there
    this.filled = true;
    this.fill(spec);
  }

  clear() {
    this.error.textContent = '';
    this.fields.after(this.error);
    for (const input of this.inputs) {
      input.removeAttribute('aria-invalid');
      input.removeAttribute('aria-errormessage');
    }
  }

  /** Shows a mistake next to the field that it is in. */
  refuse(refused) {
    this.clear();
    const wrong = this.wrong(refused.message);
    this.error.textContent = refused.message;
    if (wrong) {
      wrong.setAttribute('aria-invalid', 'true');
      wrong.setAttribute('aria-errormessage', this.error.id);
      wrong.after(this.error);
    }
  }

  checkSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.check(this.spec()).then(() => this.clear(), refused => this.refuse(refused));
    }, 300);
  }
}

const text = () => element('input', '', {type: 'text', autocomplete: 'off', spellcheck: 'false'});

/** One role: which kind of model, and its parameters. */
class RoleForm extends Form {
  constructor(role) {
    super(role.role, role.description, false);
    this.role = role;
    const top = element('div');
    this.fields.before(top);
    this.kind = this.field(top, `${role.role}-kind`, 'model', element('select'));
    this.kind.append(new Option('none', ''), ...role.kinds.map(kind => new Option(kind.kind, kind.kind)));
    this.summary = top.appendChild(element('p', '', {class: 'note'}));
    this.kind.addEventListener('change', () => { this.choose([]); this.checkSoon(); });
    this.choose([]);
  }

  /** Fields for the kind that is chosen, with values. */
  choose(values) {
    const kind = this.role.kinds.find(one => one.kind === this.kind.value);
    this.summary.textContent = kind ? `${kind.summary} (${kind.usage})` : '';
    this.fields.replaceChildren();
    this.inputs = (kind?.parameters ?? []).map((parameter, i) => {
      const fallback = parameter.default ? `, default ${parameter.default}` : '';
      const input = text();
      if (parameter.required) input.required = true;
      input.value = values[i] ?? '';
      return this.field(this.fields, `${this.role.role}-${parameter.name}`,
        `${parameter.name} (${parameter.unit}${fallback})`, input, parameter.description);
    });
    this.clear();
  }

  /** What the fields say, in the words of the command line; parameters behind an empty one by their names. */
  spec() {
    const kind = this.role.kinds.find(one => one.kind === this.kind.value);
    if (!kind) return 'none';
    let named = false;
    const all = [kind.kind];
    kind.parameters.forEach((parameter, i) => {
      const value = this.inputs[i].value.trim();
      if (!value) named = true;
      else all.push(named && !parameter.repeated ? `${parameter.name}=${value}` : value);
    });
    // The usual kind needs no name where a number begins.
    return (kind.kind === this.role.usual_kind && /^[0-9.]/.test(all[1] ?? '') ? all.slice(1) : all).join(',');
  }

  fill(spec) {
    const all = spec === 'none' ? [] : words(spec);
    const named = this.role.kinds.find(kind => kind.kind === all[0]);
    const kind = named ?? this.role.kinds.find(one => all.length > 0 && one.kind === this.role.usual_kind);
    this.kind.value = kind?.kind ?? '';
    const values = [];
    (named ? all.slice(1) : all).forEach((word, i) => {
      const pair = /^([a-z][a-z0-9-]*)=(.*)$/s.exec(word);
      const place = pair ? kind?.parameters.findIndex(parameter => parameter.name === pair[1]) : -1;
      if (pair && place >= 0) values[place] = pair[2];
      else if (kind && i >= kind.parameters.length) values[kind.parameters.length - 1] += `,${word}`;
      else values[i] = word;
    });
    this.choose(values);
  }

  /** The field whose value the message quotes, or that should have one. */
  wrong(message) {
    const quoted = /: '([^']*)'/.exec(message)?.[1];
    return this.inputs.find(input => input.value.trim() === quoted)
      ?? this.inputs.find(input => input.required && !input.value.trim());
  }
}

/** What else can change: one field. */
class SettingForm extends Form {
  constructor(setting) {
    super(setting.setting, setting.description, !setting.each_way);
    this.value = this.field(this.fields, `${setting.setting}-value`,
      `${setting.parameter}${setting.each_way ? '' : ', for both directions'}; empty for none`, text());
    this.inputs = [this.value];
  }

  spec() {
    return this.value.value.trim() || 'none';
  }

  fill(spec) {
    this.value.value = spec === 'none' ? '' : spec;
    this.clear();
  }

  wrong() {
    return this.value;
  }
}

export class Controls {
  /** @param changed is told of each answer and each refusal */
  constructor(models, changed) {
    this.way = 'both';
    this.changed = changed;
    this.forms = [...models.roles.map(role => new RoleForm(role)), ...models.settings.map(one => new SettingForm(one))];
    for (const form of this.forms) {
      const part = spec => (form.whole ? {[form.name]: spec} : {[this.way]: {[form.name]: spec}});
      form.change = spec => this.set(part(spec));
      form.check = spec => send('POST', 'link/check', part(spec));
    }
    document.getElementById('roles').replaceChildren(...this.forms.map(form => form.box));
  }

  async set(part) {
    return this.told(send('PATCH', 'link', part));
  }

  async post(path) {
    return this.told(send('POST', path));
  }

  async told(answer) {
    try {
      const said = await answer;
      this.changed(said, null);
      return said;
    } catch (refused) {
      this.changed(null, refused);
      throw refused;
    }
  }

  choose(way, inForce) {
    this.way = way;
    this.forms.forEach(form => { form.filled = false; });
    this.show(inForce);
  }

  show(inForce) {
    const name = {'a-to-b': 'a->b', 'b-to-a': 'b->a'}[this.way];
    const ways = name ? [inForce[name] ?? {}] : Object.values(inForce);
    for (const form of this.forms) {
      const specs = new Set(ways.map(way => way[form.name] ?? 'none'));
      if (specs.size === 1) {
        form.show([...specs][0]);
      } else {
        form.show('none');
        form.shown.textContent = [...specs].join(' | ');
        form.filled = false;
      }
    }
  }
}
