"use strict";
// Filters: the state is in the address after #, so that a view can be linked to; without a script all claims are shown.
(function () {
  var keys = ["verdict", "section", "protocol"];
  var form = document.querySelector(".filters");
  var claims = Array.from(document.querySelectorAll(".claim"));
  var tiles = Array.from(document.querySelectorAll(".tile"));
  var field = function (key) { return document.getElementById(key); };

  // Verdict of a claim under the chosen protocol; of its first one if none is chosen; empty if it was not looked at.
  function verdictOf(claim, protocol) {
    var pairs = claim.dataset.verdicts.split(" ").map(function (pair) { return pair.split(":"); });
    var found = protocol ? pairs.find(function (pair) { return pair[0] === protocol; }) : pairs[0];
    return found ? found[1] : "";
  }

  function show() {
    var state = {};
    keys.forEach(function (key) { state[key] = field(key).value; });
    var counts = {};
    var shown = 0;
    claims.forEach(function (claim) {
      var verdict = verdictOf(claim, state.protocol);
      var inside = !state.section || claim.parentElement.dataset.section === state.section;
      if (inside && verdict) { counts[verdict] = (counts[verdict] || 0) + 1; }
      claim.hidden = !inside || !verdict || (state.verdict !== "" && verdict !== state.verdict);
      shown += claim.hidden ? 0 : 1;
    });
    document.querySelectorAll("section").forEach(function (section) {
      section.hidden = !section.querySelector(".claim:not([hidden])");
    });
    tiles.forEach(function (tile) {
      tile.setAttribute("aria-pressed", String(tile.dataset.verdict === state.verdict));
      tile.querySelector(".count").textContent = counts[tile.dataset.verdict] || 0;
    });
    field("shown").textContent = shown + " of " + claims.length + " claims";
  }

  function write() {
    var state = new URLSearchParams();
    keys.forEach(function (key) { if (field(key).value) { state.set(key, field(key).value); } });
    history.replaceState(null, "", "#" + state.toString());
    show();
  }

  function read() {
    var hash = location.hash.slice(1);
    if (hash && hash.indexOf("=") < 0) { // a claim's own address
      var claim = document.getElementById(hash);
      if (claim && claim.hidden) { form.reset(); show(); claim.scrollIntoView(); }
      return;
    }
    var state = new URLSearchParams(hash);
    keys.forEach(function (key) {
      var wanted = state.get(key) || "";
      var known = Array.from(field(key).options).some(function (option) { return option.value === wanted; });
      field(key).value = known ? wanted : "";
    });
    show();
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("change", write);
  form.addEventListener("reset", function () { setTimeout(write, 0); });
  tiles.forEach(function (tile) {
    tile.addEventListener("click", function () {
      field("verdict").value = tile.getAttribute("aria-pressed") === "true" ? "" : tile.dataset.verdict;
      write();
    });
  });
  window.addEventListener("hashchange", read);
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (part) { part.open = true; });
  });
  read();
})();
