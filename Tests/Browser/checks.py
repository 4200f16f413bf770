"""Checks for every page: it fits, it is readable, and everything has a name for screen readers."""

from devtools import Failure

CONTRAST = """(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const over = (colour, below) => {
    canvas.fillStyle = `rgb(${below.join(' ')})`;
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const background = (node) => {
    const chain = [];
    for (let at = node; at; at = at.parentElement) chain.unshift(getComputedStyle(at).backgroundColor);
    return chain.reduce((below, colour) => over(colour, below), [255, 255, 255]);
  };
  const luminance = (rgb) => rgb.map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const poor = [];
  const scope = document.querySelector('dialog[open]') ?? document.body;
  const walker = document.createTreeWalker(scope, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (node.closest('.unseen, .skip, :disabled, option, noscript')) continue;
    const style = getComputedStyle(node);
    const below = background(node);
    const isDrawn = node.namespaceURI.endsWith('svg');
    const [one, other] = [luminance(over(isDrawn ? style.fill : style.color, below)), luminance(below)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    seen += 1;
    if (ratio < (isLarge ? 3 : 4.5)) poor.push(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return { seen, poor };
})()"""

# Roles that need a name for screen readers.
NAMED = {"button", "textbox", "combobox", "radio", "checkbox", "spinbutton", "slider", "link", "image", "img", "region",
         "dialog", "figure", "table", "heading", "group"}
LANDMARKS = {"banner", "main", "contentinfo", "region"}


def fits(page, name):
    """Nothing scrolls sideways or overflows its card."""
    wide = page.evaluate("""[document.documentElement.scrollWidth - innerWidth,
        ...[...document.querySelectorAll('main .card, dialog[open]')].map((card) => card.scrollWidth - card.clientWidth)]""")
    if max(wide) > 0:
        raise Failure(f"{name}: overflows by {wide} px")


def contrast(page, name):
    result = page.evaluate(CONTRAST)
    if result["seen"] < 10 or result["poor"]:
        raise Failure(f"{name}: {result['seen']} texts, too little contrast: {result['poor']}")


def tree(page):
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    return [(node.get("role", {}).get("value"), node.get("name", {}).get("value", "")) for node in nodes
            if not node.get("ignored")]


def names(page):
    nameless = [role for role, name in tree(page) if role in NAMED - {"figure", "group", "table"} and not name.strip()]
    if nameless:
        raise Failure(f"missing names: {nameless}")


def structure(page):
    missing = LANDMARKS - {role for role, _ in tree(page)}
    if missing:
        raise Failure(f"missing landmarks: {missing}")
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((node) => Number(node.localName[1]))")
    if levels.count(1) != 1 or levels[0] != 1 or any(b > a + 1 for a, b in zip(levels, levels[1:])):
        raise Failure(f"headings {levels}")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
    if len(ids) != len(set(ids)):
        raise Failure("an id occurs twice")
    small = page.evaluate("""[...document.querySelectorAll('button, select, input, summary')]
        .filter((node) => node.checkVisibility() && !node.matches('.plain, [type=range]'))
        .map((node) => [node.id || node.textContent, node.getBoundingClientRect()])
        .filter(([, box]) => box.height < 24 || box.width < 24).map(([name]) => name)""")
    if small:
        raise Failure(f"too small to click: {small}")
