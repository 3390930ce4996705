/* A new order: the customer is looked up as soon as the e-mail address is there. Without it a button does the same. */

document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("[data-new-order]");
    if (form) {
        lookUpTheCustomer(form);
        showWhatIsNeeded(form);
        form.addEventListener("change", () => showWhatIsNeeded(form));
    }
});

function lookUpTheCustomer(form) {
    const place = form.querySelector("[data-customer]");
    const asked = ["business_entity", "email", "customer"].map((name) => form.querySelector(`[name=${name}]`));
    let last = "";

    async function look() {
        const query = new URLSearchParams(asked.map((field) => [field.name, field.value.trim()]));
        if (query.toString() === last) {
            return;
        }
        last = query.toString();
        place.setAttribute("aria-busy", "true");
        try {
            const answer = await fetch(`${form.dataset.customerUrl}?${query}`, { headers: { "X-Requested-With": "fetch" } });
            if (answer.ok && query.toString() === last) {
                place.innerHTML = await answer.text();
                showWhatIsNeeded(form);
            }
        } finally {
            place.removeAttribute("aria-busy");
        }
    }

    form.querySelector("[name=_find]").addEventListener("click", (event) => {
        event.preventDefault();
        last = "";
        look();
    });
    for (const field of asked) {
        field.addEventListener("change", look);
    }
    /* Enter in the address asks who it is; it does not send the form. */
    form.querySelector("[name=email]").addEventListener("keydown", (event) => {
        if (event.key === "Enter") {
            event.preventDefault();
            look();
        }
    });
    if (window.django?.jQuery) {
        window.django.jQuery(form.querySelector("[name=customer]")).on("change", look);
    }
}

/* Of a known customer nothing is asked again; of a private person nothing of a company. */
function showWhatIsNeeded(form) {
    const known = form.querySelector("[data-found]");
    const address = form.querySelector("[name=known_address]:checked");
    const kind = new FormData(form).get("customer_kind");

    form.querySelector("[data-new-customer]").hidden = Boolean(known);
    form.querySelector("[data-company]").hidden = kind !== "company";
    form.querySelector("[data-new-address]").hidden = Boolean(address?.value);
}
