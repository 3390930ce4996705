/* A long act goes on by itself, a few seconds at a time. Without this its button is pressed. */

document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form[data-goes-on]");
    if (form) {
        setTimeout(() => form.submit(), 300);
    }
});
