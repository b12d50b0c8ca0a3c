// The theme that was chosen, set before anything is painted. No module: those run too late.
"use strict";
(() => {
  const themes = ["auto", "light", "dark"];
  let theme = "auto";
  try {
    theme = localStorage.getItem("claimwire-theme") ?? "auto";
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }

  const apply = () => {
    document.documentElement.dataset.theme = themes.includes(theme) ? theme : "auto";
  };
  apply();

  window.claimwireTheme = {
    current: () => document.documentElement.dataset.theme,
    next() {
      theme = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
      try {
        localStorage.setItem("claimwire-theme", theme);
      } catch {
        // As above.
      }
      apply();
      return theme;
    },
  };
})();
