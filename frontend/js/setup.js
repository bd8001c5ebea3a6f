// Takes the setup code from the address's fragment, which is sent to no server, and removes it from the address.
function takeCode() {
  const code = decodeURIComponent(location.hash.slice(1));
  if (!code) return;
  document.querySelector('input[name="code"]').value = code;
  history.replaceState(null, "", location.pathname);
  document.querySelector('input[name="name"]').focus();
}

takeCode();
// The link may be opened where this page already is.
addEventListener("hashchange", takeCode);
