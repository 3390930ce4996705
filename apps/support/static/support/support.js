"use strict";
/* A text that a macro filled in can be sent at once: the cursor stands behind it. */
document.addEventListener("DOMContentLoaded", () => {
    const answer = document.querySelector("#answer textarea");
    if (answer && location.hash === "#answer") {
        answer.focus({ preventScroll: true });
        answer.setSelectionRange(answer.value.length, answer.value.length);
    }
});
