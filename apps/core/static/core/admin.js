/* What every page of the back office does: keys, one press per form, a warning before typed words are lost. */

const GOES_TO = { h: "index", o: "orders", t: "tasks", k: "organizations", p: "partners", m: "messages" };
const SOON = 1500;
const DOWNLOADED = 8000;
let goPressed = 0;

document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) {
        return;
    }
    const went = Date.now() - goPressed < SOON;
    goPressed = 0;
    if (went && GOES_TO[event.key]) {
        follow(GOES_TO[event.key], event);
    } else if (event.key === "g") {
        goPressed = Date.now();
    } else if (event.key === "n") {
        follow("new", event);
    } else if (event.key === "/") {
        search(event);
    } else if (event.key === "?") {
        showKeys(event);
    }
});

function isTyping(target) {
    return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/* The addresses stand in the page, and only those that its reader may open. */
function follow(name, event) {
    const link = document.querySelector(`[data-keys] [data-key=${name}]`);
    if (link) {
        event.preventDefault();
        window.location = link.href;
    }
}

function search(event) {
    event.preventDefault();
    const own = document.querySelector("#searchbar");
    if (own) {
        own.focus();
    } else {
        window.dispatchEvent(new CustomEvent("opencommand"));
    }
}

function showKeys(event) {
    const keys = document.querySelector("[data-keys]");
    if (keys) {
        event.preventDefault();
        keys.showModal();
    }
}

document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) {
        return;
    }
    if (form.dataset.sent) {
        event.preventDefault();
        return;
    }
    form.dataset.sent = "true";
    setTimeout(release, DOWNLOADED, form); // a form that brings a file leaves its page where it is
    event.submitter?.classList.add("cc-sending");
    event.submitter?.setAttribute("aria-busy", "true");
});

/* Back in the browser brings a page as it was left: its forms can be sent again. */
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

function release(form) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(".cc-sending")) {
        button.classList.remove("cc-sending");
        button.removeAttribute("aria-busy");
    }
}

document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-warn-unsaved]");
    if (form) {
        form.dataset.changed = "true";
    }
});

window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("[data-warn-unsaved][data-changed]:not([data-sent])")) {
        event.preventDefault();
    }
});

/* A select with a search in it says its label and its value to those who hear the page; select2 says only the value. */
for (const [target, moment] of [[window, "load"], [document, "formset:added"]]) {
    target.addEventListener(moment, () => setTimeout(nameSelects, 50)); // after select2 has had its turn
}

function nameSelects() {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
        const [label] = select.labels;
        const value = select.nextElementSibling?.querySelector(".select2-selection__rendered");
        if (label && value) {
            label.id ||= `${select.id}-label`;
            for (const part of [value, value.closest(".select2-selection")]) {
                part.setAttribute("aria-labelledby", `${label.id} ${value.id}`);
            }
        }
    }
}

/* On a phone a list names each value of a card: with one capital, as above a column, and not One For Each Word. */
document.addEventListener("DOMContentLoaded", () => {
    for (const cell of document.querySelectorAll("#result_list [data-label]")) {
        cell.dataset.label = cell.dataset.label.charAt(0).toUpperCase() + cell.dataset.label.slice(1);
    }
});

/* The bell is asked for after the page, which then need not wait for it, and again when its reader comes back to it. */
async function countBell() {
    const bell = document.querySelector("[data-bell]");
    const answer = bell && (await fetch(bell.dataset.bell, { headers: { accept: "application/json" } }).catch(() => null));
    if (!answer?.ok || answer.redirected) {
        return; // signed out meanwhile, or no connection: the page itself will say so
    }
    const told = await answer.json();
    const count = bell.querySelector(".cc-bell-count");
    count.textContent = told.shown;
    count.hidden = told.unread === 0;
    bell.setAttribute("aria-label", told.label);
    bell.title = told.label;
}

document.addEventListener("DOMContentLoaded", countBell);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && countBell());
