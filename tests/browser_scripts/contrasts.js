// The texts and controls that are shown: [what, contrast to what lies behind it, least contrast].
// A text of 24 px, or 18.66 px and bold, is large by WCAG.

const parse = text => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return [r, g, b, a]; };
const over = (top, below) => below.map((value, at) => at < 3 ? top[at] * top[3] + value * (1 - top[3]) : 1);
const luminance = ([r, g, b]) => [r, g, b].map(value => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}).reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
const ratio = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};
const behind = node => {
  const layers = [];
  for (let at = node; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
};
const found = [];
for (const node of document.querySelectorAll('body *')) {
  const style = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  if (!node.checkVisibility({checkVisibilityCSS: true}) || node.closest('.unseen, .skip, svg') || !box.width) continue;
  const says = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
  const isField = node.matches('input:not([type=range], [type=checkbox]), select');
  if (says || isField) {
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const text = over(parse(style.color), behind(node));
    found.push([node.outerHTML.slice(0, 120), ratio(text, behind(node)), isLarge ? 3 : 4.5]);
  }
  if (isField || (node.matches('button:not(.quiet, :disabled)'))) {
    found.push(['border of ' + node.outerHTML.slice(0, 80), ratio(parse(style.borderTopColor), behind(node.parentElement)), 3]);
  }
  if (node.placeholder) {
    const hint = getComputedStyle(node, '::placeholder');
    found.push(['hint of ' + node.id, ratio(parse(hint.color), behind(node)), 4.5]);
  }
  if (node.matches('.connection')) {
    const dot = getComputedStyle(node, '::before');
    const isFilled = parse(dot.backgroundColor)[3] > 0;
    if (isFilled) found.push(['dot', ratio(parse(dot.backgroundColor), behind(node)), 3]);
  }
}
return found;
