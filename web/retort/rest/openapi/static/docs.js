// Shows the OpenAPI document in Swagger UI, dark where the reader's system is.
const dark = matchMedia("(prefers-color-scheme: dark)");
const darken = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", darken);
darken();

const docs = document.getElementById("docs");

// Swagger UI leaves these without a name, this out of the keyboard's way, and makes a second <main>.
const mended = [
  ["#servers", "aria-label", "Server"],
  [".close-modal", "aria-label", "Close"],
  ["pre.microlight", "tabindex", "0"],
  ["main", "role", "group"],
];
new MutationObserver(() => {
  for (const [what, attribute, value] of mended) {
    docs.querySelectorAll(what).forEach((one) => one.setAttribute(attribute, value));
  }
}).observe(docs, { childList: true, subtree: true });

const schema = new URLSearchParams(location.search).get("schema");
SwaggerUIBundle({
  domNode: docs,
  url: docs.dataset.url,
  deepLinking: true,
  docExpansion: "none",
  requestInterceptor: (request) => {
    if (request.loadSpec && schema) request.headers["Accept-Profile"] = schema;
    return request;
  },
  validatorUrl: null, // its badge would come from another host
});
