// Says on the page that the browser gave no passkey; allauth's script only tells the console.
document.addEventListener("allauth.error", (event) => {
    const trouble = document.getElementById("passkey-trouble");
    if (trouble) {
        event.preventDefault();
        trouble.hidden = false;
    }
});
