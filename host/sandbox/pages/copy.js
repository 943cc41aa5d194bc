// Puts a button to copy it beside every text that is there to be copied; without it the text can be selected.
if (navigator.clipboard) {
  for (const text of document.querySelectorAll("pre[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = document.body.dataset.copy;
    button.onclick = async () => {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = document.body.dataset.copied;
      setTimeout(() => (button.textContent = document.body.dataset.copy), 2000);
    };
    text.before(button);
  }
}
