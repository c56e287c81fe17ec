document.querySelectorAll("table").forEach(function (table) {
  var body = table.tBodies[0], heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  if (body.rows.length < 3) return;
  function key(row, at, numeric) {
    var cell = row.cells[at];
    if (!numeric) return cell.textContent.trim();
    var raw = cell.getAttribute("data-v");
    return raw === "" || raw === null ? NaN : parseFloat(raw);
  }
  heads.forEach(function (head, at) {
    var numeric = head.classList.contains("number") || head.classList.contains("percent"), button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", table.getAttribute("data-sort") + ": " + head.textContent);
    head.appendChild(button);
    head.addEventListener("click", function (event) { if (event.target !== button) button.click(); });
    button.addEventListener("click", function () {
      var way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1, rows = Array.prototype.slice.call(body.rows);
      rows.sort(function (left, right) {
        var a = key(left, at, numeric), b = key(right, at, numeric);
        if (numeric) return isNaN(a) ? (isNaN(b) ? 0 : 1) : isNaN(b) ? -1 : way * (a - b);
        return way * a.localeCompare(b, document.documentElement.lang);
      });
      rows.forEach(function (row) { body.appendChild(row); });
      heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
    });
  });
});
