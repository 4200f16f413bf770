// The page is built from nodes and texts only. What the server tells (names, reasons, users) may be anything, so it
// never becomes markup; the Content-Security-Policy refuses that besides (require-trusted-types-for 'script').

const SVG = 'http://www.w3.org/2000/svg';

export const find = (id) => document.getElementById(id);

/** An element with attributes and children, which are nodes or texts; null and undefined are left out. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same of SVG. */
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

/** Puts the children in the place of what is there. */
export function replace(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child != null));
}

/** Sets a text, and only when it is another: a live region speaks when it is touched. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Says something to those who listen instead of looking. */
export function announce(text) {
  write(find('announcer'), text);
}
