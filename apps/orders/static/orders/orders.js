/* What the pages of an order do beyond showing and sending. Without it they still work. */

document.addEventListener("DOMContentLoaded", () => {
    showWhereTheOrderStands();
    offerMoreLines();
});

/* On a narrow screen the bar begins at the first step; the present one matters. */
function showWhereTheOrderStands() {
    const here = document.querySelector(".cc-path [aria-current=step]");
    if (here) {
        const bar = here.parentElement;
        bar.scrollLeft = here.offsetLeft - bar.clientWidth / 2 + here.clientWidth / 2;
    }
}

/* Without this the page has its one spare line. */
function offerMoreLines() {
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
}
