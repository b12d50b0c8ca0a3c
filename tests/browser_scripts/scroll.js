// Scrolls the list to its end, a screen a frame, and notes how long each frame took.

const done = arguments[arguments.length - 1];
const pane = document.querySelector('.panes');
const frames = [];
const tasks = [];
new PerformanceObserver(list => tasks.push(...list.getEntries().map(one => one.duration)))
  .observe({type: 'longtask'});
let before = performance.now();
const step = now => {
  frames.push(now - before);
  before = now;
  pane.scrollTop += 900;
  if (pane.scrollTop + pane.clientHeight < pane.scrollHeight - 2 && frames.length < 2000) requestAnimationFrame(step);
  else setTimeout(() => done({frames: frames.slice(1), tasks, end: pane.scrollTop, height: pane.scrollHeight}), 200);
};
requestAnimationFrame(step);
