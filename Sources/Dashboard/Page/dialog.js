// One dialog for everything that changes something: what will happen, why (for the audit trail), and, once, who asks.
// Esc and the button "Cancel" leave all as it is; Enter confirms.

import { operator, Refusal } from './api.js';
import { announce, element, find, replace } from './dom.js';

/**
 * Asks, and does it. `action`: title, text, warning, button, isKill, choices (nodes), and `run(reason)`, which may
 * throw a Refusal and else says what was done.
 */
export function ask(action) {
  const dialog = find('dialog');
  const reason = element('input', { id: 'reason', maxlength: 256, autocomplete: 'off' });
  const signature = signatureFields();
  const fault = element('p', { class: 'fault', role: 'alert' });
  const go = element('button', { type: 'submit', class: action.isKill ? 'kill' : 'go' }, action.button);
  const cancel = element('button', { type: 'button', class: 'plain' }, 'Cancel');
  const form = element('form', { novalidate: true },
    element('h2', { id: 'dialog-title' }, action.title),
    element('p', { id: 'dialog-text' }, action.text),
    action.warning ? element('p', { class: 'warning' }, action.warning) : null,
    action.choices ?? [],
    element('label', { for: 'reason' }, 'Why (for the audit trail)'), reason,
    signature.node, fault,
    element('p', { class: 'buttons' }, cancel, go));
  cancel.addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    signature.remember();
    replace(fault);
    go.disabled = true;
    try {
      announce(await action.run(reason.value.trim()));
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 401) signature.askAgain();
      replace(fault, explanation(error));
    } finally {
      go.disabled = false;
      find('forget').hidden = !operator.token;
    }
  });
  replace(dialog, form);
  dialog.showModal();
  (operator.token ? go : signature.token).focus();
}

/** Token and name, shown until a token is known. */
function signatureFields() {
  const token = element('input', {
    id: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false', 'aria-describedby': 'token-hint',
  });
  const name = element('input', { id: 'name', maxlength: 128, autocomplete: 'off' });
  token.value = operator.token;
  name.value = operator.name;
  const node = element('fieldset', { hidden: Boolean(operator.token) },
    element('legend', {}, 'Once in this tab'),
    element('label', { for: 'token' }, 'Token'), token,
    element('p', { class: 'hint', id: 'token-hint' },
      'The content of admin.token in the state folder of the proxy. It is kept until this tab is closed.'),
    element('label', { for: 'name' }, 'Your name (for the audit trail)'), name);
  return {
    node, token,
    remember: () => operator.remember(token.value.trim(), name.value.trim()),
    askAgain() {
      operator.forget();
      node.hidden = false;
      token.select();
      token.focus();
    },
  };
}

/** What was refused, in words, with what to do. */
function explanation({ status, message, flag }) {
  switch (status) {
    case 0: return 'The proxy did not answer, so nobody knows whether it was done. Look at the percentage and the '
      + 'trail before you try again; from a terminal: turnout kill.';
    case 401: return operator.token || find('token').value
      ? 'That is not the token of this proxy; nothing was changed. It stands in admin.token in the folder of state.'
      : 'Changing something needs the token; nothing was changed.';
    case 409: case 412: return `Somebody else changed the flag meanwhile; nothing was changed.${stored(flag)} `
      + 'Cancel to leave it so, or press again.';
    case 504: return 'The store did not say in time whether it took the change. Look at the percentage and the trail '
      + 'before you try again.';
    default: return message;
  }
}

/** The flag as the other one left it. */
function stored(flag) {
  if (!flag) return '';
  const who = flag.updated_by ? `, by ${flag.updated_by}` : '';
  const why = flag.reason ? ` (\u201c${flag.reason}\u201d)` : '';
  return ` It is ${flag.enabled ? '' : 'killed, with '}${flag.percentage}\u00a0% now${who}${why}.`;
}
