const box = document.getElementById("filter");
if (box) box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/);
    const rows = [...document.querySelectorAll("#table tbody tr")];
    for (const row of rows)
        row.hidden = !words.every(word => row.dataset.text.includes(word));
    const shown = rows.filter(row => !row.hidden).length;
    document.getElementById("count").textContent =
        `${shown} of ${rows.length} shown`;
});
