// One dialog for all changes: what will happen, the reason (for the audit trail) and, once in a tab, token and name.
// Esc and Cancel change nothing; Enter confirms.

import { operator, Refusal } from './api.js';
import { announce, element, find, replace } from './dom.js';

/**
 * Asks for confirmation and runs the action: title, text, warning, button, isKill, choices (nodes), and `run(reason)`,
 * which throws a Refusal or returns what was done.
 */
export function ask(action) {
  const dialog = find('dialog');
  const reason = element('input', { id: 'reason', maxlength: 256, autocomplete: 'off' });
  const signature = signatureFields();
  const problem = element('p', { class: 'problem', role: 'alert' });
  const go = element('button', { type: 'submit', class: action.isKill ? 'kill' : 'go' }, action.button);
  const cancel = element('button', { type: 'button', class: 'plain' }, 'Cancel');
  const form = element('form', { novalidate: true },
    element('h2', { id: 'dialog-title' }, action.title),
    element('p', { id: 'dialog-text' }, action.text),
    action.warning ? element('p', { class: 'warning' }, action.warning) : null,
    action.choices ?? [],
    element('label', { for: 'reason' }, 'Reason (for the audit trail)'), reason,
    signature.node, problem,
    element('p', { class: 'buttons' }, cancel, go));
  cancel.addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    signature.remember();
    replace(problem);
    go.disabled = true;
    try {
      announce(await action.run(reason.value.trim()));
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 401) signature.askAgain();
      replace(problem, explanation(error));
    } finally {
      go.disabled = false;
      find('forget').hidden = !operator.token;
    }
  });
  replace(dialog, form);
  dialog.showModal();
  (operator.token ? go : signature.token).focus();
}

/** The fields for token and name, shown until a token is known. */
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
      'The content of admin.token in the state folder of the proxy. This tab keeps it until it is closed.'),
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

/** What was refused, and what to do. */
function explanation({ status, message, flag }) {
  switch (status) {
    case 0: return 'The proxy does not respond, so the change may or may not have happened. Check the percentage '
      + 'and the audit trail before you try again, or run turnout kill in a terminal.';
    case 401: return operator.token || find('token').value
      ? 'That is not the token of this proxy; nothing was changed. It is in admin.token in the state folder.'
      : 'Changes need the token; nothing was changed.';
    case 409: case 412: return `Someone else changed the flag first; your change was not made.${stored(flag)} `
      + 'Cancel to keep that, or confirm again to override it.';
    case 504: return 'The store did not confirm the change in time. Check the percentage and the audit trail '
      + 'before you try again.';
    default: return message;
  }
}

/** The flag after the other change. */
function stored(flag) {
  if (!flag) return '';
  const who = flag.updated_by ? `, by ${flag.updated_by}` : '';
  const why = flag.reason ? ` (\u201c${flag.reason}\u201d)` : '';
  return ` It is ${flag.enabled ? 'at' : 'killed at'} ${flag.percentage}\u00a0% now${who}${why}.`;
}
