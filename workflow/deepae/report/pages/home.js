"use strict";
(function () {
  // Plots stand open where there is room; print opens all.
  var proofs = Array.from(document.querySelectorAll("details.proof"));
  function open(state) { proofs.forEach(function (item) { item.open = state; }); }
  if (window.matchMedia("(min-width: 60rem)").matches) { open(true); }
  window.addEventListener("beforeprint", function () { open(true); });
  function target() {
    var found = location.hash && document.getElementById(location.hash.slice(1));
    var inside = found && found.querySelector("details.proof");
    if (inside) { inside.open = true; }
  }
  window.addEventListener("hashchange", target);
  target();

  // Tables: data come as scripts, since a page opened from a disk may read nothing else.
  var STEP = 100, loaded = {}, state = {};
  var place = document.getElementById("table");
  if (!place) { return; }
  var filter = document.getElementById("filter"), more = document.getElementById("more");
  var head = place.querySelector("thead"), body = place.querySelector("tbody");
  window.deepaeTable = function (id, table) {
    var rows = table.rows;
    table.columns.forEach(function (column, i) { // repeated texts come once
      if (column.texts) { rows.forEach(function (row) { row[i] = column.texts[row[i]]; }); }
    });
    loaded[id] = table;
    show(id);
  };
  document.querySelectorAll("button[data-table]").forEach(function (button) {
    button.addEventListener("click", function () {
      var id = button.dataset.table;
      document.querySelectorAll("button[data-table]").forEach(function (other) {
        other.setAttribute("aria-pressed", String(other === button));
      });
      document.getElementById("download").href = button.dataset.download;
      document.getElementById("download").textContent = "Download " + button.dataset.download.split("/").pop();
      if (loaded[id]) { show(id); return; }
      var script = document.createElement("script");
      script.src = button.dataset.file;
      document.body.appendChild(script);
    });
  });
  function show(id) {
    state = { table: loaded[id], sort: -1, up: true, shown: STEP };
    place.hidden = false;
    filter.value = "";
    document.getElementById("caption").textContent = state.table.caption;
    head.textContent = "";
    var row = head.insertRow();
    state.table.columns.forEach(function (column, i) {
      var cell = document.createElement("th"), button = document.createElement("button");
      cell.scope = "col";
      button.type = "button";
      button.textContent = column.name;
      button.title = column.meaning || "";
      button.addEventListener("click", function () {
        state.up = state.sort === i ? !state.up : true;
        state.sort = i;
        apply();
      });
      cell.appendChild(button);
      row.appendChild(cell);
    });
    apply();
  }
  function apply() {
    var words = filter.value.toLowerCase().split(/\s+/).filter(Boolean), rows = state.table.rows;
    state.rows = !words.length ? rows.slice() : rows.filter(function (row) {
      var texts = row.map(function (value) { return String(value).toLowerCase(); });
      return words.every(function (word) { // a whole field, or a part of one that is a text
        return texts.some(function (text) { return text === word || (isNaN(word) && text.indexOf(word) >= 0); });
      });
    });
    if (state.sort >= 0) {
      var i = state.sort, sign = state.up ? 1 : -1;
      state.rows.sort(function (a, b) {
        var x = a[i], y = b[i];
        if (x === null || y === null) { return (x === null) - (y === null); } // empty ones last, either way
        return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
      });
    }
    Array.from(head.rows[0].cells).forEach(function (cell, i) {
      if (i === state.sort) { cell.setAttribute("aria-sort", state.up ? "ascending" : "descending"); }
      else { cell.removeAttribute("aria-sort"); }
    });
    state.shown = STEP;
    draw();
  }
  function draw() {
    var part = document.createDocumentFragment();
    state.rows.slice(0, state.shown).forEach(function (row) {
      var line = document.createElement("tr");
      row.forEach(function (value) {
        var cell = line.insertCell();
        if (typeof value === "number") { cell.className = "n"; }
        cell.textContent = value === null ? "" : value;
      });
      part.appendChild(line);
    });
    body.textContent = "";
    body.appendChild(part);
    more.hidden = state.shown >= state.rows.length;
    document.getElementById("count").textContent =
      state.rows.length + " of " + state.table.rows.length + " rows" + (more.hidden ? "" : ", first " + state.shown);
  }
  filter.addEventListener("input", apply);
  more.addEventListener("click", function () { state.shown += 5 * STEP; draw(); });
})();
