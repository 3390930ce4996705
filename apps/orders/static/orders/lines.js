/* Adds an empty line to the lines of an order. Without it the page still has its one spare line. */

document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-add-line]");
    if (!button) {
        return;
    }
    const lines = document.querySelector("[data-lines]");
    const template = document.querySelector("[data-empty-line]");
    const total = document.querySelector("[name=lines-TOTAL_FORMS]");

    button.hidden = false;
    button.addEventListener("click", () => {
        const line = document.createElement("div");
        line.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
        const added = line.firstElementChild;
        lines.append(added);
        total.value = Number(total.value) + 1;
        added.querySelector("input:not([type=hidden])").focus();
    });
});
