"use strict";
// Search: the claims that hold all words; an address with an id opens that claim.
(function () {
  var search = document.getElementById("search"), found = document.getElementById("found");
  var claims = Array.from(document.querySelectorAll("details.claim"));
  var texts = claims.map(function (claim) { return claim.textContent.toLowerCase(); });
  function show() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean), shown = 0;
    claims.forEach(function (claim, i) {
      var inside = words.every(function (word) { return texts[i].indexOf(word) >= 0; });
      claim.hidden = !inside || (found.value !== "" && claim.dataset.found !== found.value);
      shown += claim.hidden ? 0 : 1;
    });
    document.querySelectorAll(".group").forEach(function (group) {
      group.hidden = !group.querySelector("details.claim:not([hidden])");
    });
    document.getElementById("shown").textContent = shown + " of " + claims.length;
  }
  function open() {
    var target = document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") {
      if (target.hidden) { search.value = ""; found.value = ""; show(); }
      target.open = true;
      target.scrollIntoView();
    }
  }
  search.addEventListener("input", show);
  found.addEventListener("change", show);
  document.querySelector(".filters").addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", open);
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not(.claim)").forEach(function (item) { item.open = true; });
  });
  open();
})();
