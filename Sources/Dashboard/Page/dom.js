// Builds the page from nodes and texts only. Names, reasons and users from the server may hold anything, so they never
// become markup; the Content-Security-Policy enforces that (require-trusted-types-for 'script').

const SVG = 'http://www.w3.org/2000/svg';

export const find = (id) => document.getElementById(id);

/** An element with attributes and children (nodes or texts); null and undefined are left out. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** An SVG element. */
export function shape(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, '');
    else if (value !== false && value != null) node.setAttribute(name, String(value));
  }
  node.append(...children.flat().filter((child) => child != null));
  return node;
}

/** Replaces the children. */
export function replace(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child != null));
}

/** Sets a text if it differs: screen readers speak a live region whenever it is touched. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Tells screen readers. */
export function announce(text) {
  write(find('announcer'), text);
}
