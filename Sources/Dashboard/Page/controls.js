// The controls: set, kill, restore. Each asks for confirmation once and reports what it did.

import { change, flagPath, operator, Refusal } from './api.js';
import { ask } from './dialog.js';
import { element, find, replace, write } from './dom.js';
import { percent, points, signed } from './words.js';

const presets = [1, 5, 10, 25, 50, 100];
/** A larger raise gets a warning; `turnout set` asks for confirmation. */
const largestStep = 50;

export class Controls {
  #flag = null;
  #isKilledHere = false;
  #changed;

  /** Calls `changed()` after each change. */
  constructor(changed) {
    this.#changed = changed;
    find('kill').addEventListener('click', () => this.#kill());
    find('set').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#set();
    });
    find('forget').addEventListener('click', ({ target }) => {
      operator.forget();
      target.hidden = true;
    });
    find('forget').hidden = !operator.token;
    find('presets').append(...presets.map((value) => {
      const button = element('button', { type: 'button', class: 'preset' }, percent(value));
      button.addEventListener('click', () => {
        find('percentage').value = value;
        this.#hint();
        find('set-button').focus();
      });
      return button;
    }));
    find('percentage').addEventListener('input', () => this.#hint());
  }

  /** `flag`: as in force. `isKilledHere`: whether this proxy is killed locally. */
  show(flag, isKilledHere) {
    const isSame = this.#flag?.name === flag.name && this.#flag.enabled === flag.enabled
      && this.#flag.stored_enabled === flag.stored_enabled && this.#isKilledHere === isKilledHere;
    // Keeps what the user has typed.
    const isUntouched = this.#flag?.name !== flag.name || this.#wanted === this.#flag.percentage;
    if (isUntouched && document.activeElement !== find('percentage')) find('percentage').value = flag.percentage;
    this.#flag = flag;
    this.#isKilledHere = isKilledHere;
    this.#hint();
    if (isSame) return;
    find('kill').disabled = false;
    find('set-button').disabled = false;
    const isStoredOn = flag.stored_enabled ?? flag.enabled;
    write(find('kill'), isStoredOn ? 'Kill: everyone to legacy' : 'Kill again …');
    find('kill').classList.toggle('done', !isStoredOn);
    replace(find('restores'),
      isStoredOn ? null : this.#restoreButton('Restore …', () => this.#restore()),
      isKilledHere ? this.#restoreButton('Restore this proxy …', () => this.#restoreHere()) : null);
  }

  #restoreButton(title, action) {
    const button = element('button', { type: 'button' }, title);
    button.addEventListener('click', action);
    return button;
  }

  /** The percentage in the field; null when it is not valid. */
  get #wanted() {
    const text = find('percentage').value.trim().replace(',', '.');
    const value = Number(text);
    const isOne = text !== '' && value >= 0 && value <= 100 && /^\d+(\.\d{1,3})?$/.test(text);
    return isOne ? value : null;
  }

  #hint() {
    const wanted = this.#wanted;
    find('percentage').setAttribute('aria-invalid', String(wanted == null));
    write(find('set-button'), wanted == null ? 'Set …' : `Set ${percent(wanted)} …`);
    if (wanted != null) write(find('set-hint'), '');
  }

  #set() {
    const wanted = this.#wanted;
    if (wanted == null) {
      write(find('set-hint'), 'Enter a number from 0 to 100 with at most three decimals.');
      return find('percentage').focus();
    }
    const { name, percentage, enabled } = this.#flag;
    let revision = this.#flag.revision;
    const step = wanted - percentage;
    ask({
      title: `Set ${percent(wanted)}`,
      text: enabled
        ? `From ${percent(percentage)} to ${percent(wanted)} of users in unified (${signed(step, points(step))}). `
          + 'Raising moves nobody out of unified; lowering moves out the users who came in last.'
        : `The flag stays killed. A restore will use ${percent(wanted)}.`,
      warning: enabled && step > largestStep ? `That raises it by ${points(step)} at once.` : null,
      button: `Set ${percent(wanted)}`,
      run: async (reason) => {
        try {
          const result = await change('PUT', flagPath(name), note({ percentage: wanted }, reason), revision);
          return this.#done(result.changed ? `Set to ${percent(wanted)}.` : 'The flag already has this percentage.');
        } catch (error) {
          // After reading about the other change, the user may confirm again.
          if (error instanceof Refusal && error.flag) revision = error.flag.revision;
          throw error;
        }
      },
    });
  }

  #kill() {
    const { name, percentage } = this.#flag;
    const everywhere = element('input', { type: 'radio', name: 'where', id: 'everywhere', checked: true });
    const here = element('input', { type: 'radio', name: 'where', id: 'here' });
    const hard = element('input', { type: 'checkbox', id: 'hard' });
    ask({
      title: 'Kill: everyone to legacy',
      text: `Everyone goes to legacy at once. A restore brings ${percent(percentage)} back.`,
      isKill: true,
      button: 'Kill now',
      choices: element('fieldset', { class: 'choices' }, element('legend', {}, 'Where'),
        element('label', {}, everywhere, ' All proxies: the stored flag'),
        element('label', {}, here, ' This proxy only, whatever is stored'),
        element('label', {}, hard, ' Also close requests in flight to unified')),
      run: async (reason) => {
        const body = note(hard.checked ? { hard: true } : {}, reason);
        if (here.checked) {
          const result = await change('POST', 'api/v1/kill', body);
          return this.#done(result.kept ? 'This proxy is killed.' : 'This proxy is killed until its next start.');
        }
        const result = await change('POST', flagPath(name) + '/kill', body);
        return this.#done(result.changed ? 'Killed: everyone goes to legacy.' : 'The flag is already killed.');
      },
    });
  }

  #restore() {
    const { name, percentage } = this.#flag;
    ask({
      title: `Restore ${percent(percentage)}`,
      text: `${percent(percentage)} of users go to unified again.`,
      warning: this.#isKilledHere ? 'This proxy stays killed locally.' : null,
      button: 'Restore',
      run: async (reason) => {
        await change('POST', flagPath(name) + '/restore', note({}, reason));
        return this.#done('Restored.');
      },
    });
  }

  #restoreHere() {
    ask({
      title: 'Restore this proxy',
      text: 'This proxy follows the stored flag again.',
      button: 'Restore this proxy',
      run: async (reason) => {
        await change('POST', 'api/v1/restore', note({}, reason));
        return this.#done('This proxy is restored.');
      },
    });
  }

  #done(words) {
    this.#changed();
    return words;
  }
}

/** Adds the reason, if there is one. */
const note = (body, reason) => (reason ? { ...body, reason } : body);
