// Sends the shopper on to the cashier; the page has a button for browsers without scripts.
document.forms[0].submit();
