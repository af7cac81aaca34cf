// Contrast of every visible text with what lies behind it (WCAG 2.2), and of every drawn mark of a figure.
(() => {
  const parse = text => {
    const found = text.match(/rgba?\(([^)]+)\)/);
    return found ? found[1].split(/[ ,/]+/).map(Number) : null;
  };
  const light = c => {
    const [r, g, b] = c.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const c = parse(getComputedStyle(node).backgroundColor);
      if (c && (c.length < 4 || c[3] > 0)) { return c.slice(0, 3); }
    }
    return [255, 255, 255];
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    if (!node.getClientRects().length || node.closest(".hidden, script, style")) { continue; }
    const drawn = node instanceof SVGElement;
    const style = getComputedStyle(node);
    if (drawn && node.tagName === "circle") {
      found.push([ratio(parse(style.fill).slice(0, 3), behind(node)), 3, "circle " + node.className.baseVal]);
    } else if ([...node.childNodes].some(part => part.nodeType === 3 && part.data.trim())) {
      const colour = parse(drawn ? style.fill : style.color).slice(0, 3);
      found.push([ratio(colour, behind(node)), 4.5, node.tagName + " " + node.textContent.trim().slice(0, 40)]);
    }
  }
  return { checked: found.length, low: found.filter(([value, least]) => value < least).slice(0, 10) };
})()
