// Shows the OpenAPI document in Swagger UI, dark where the reader's system is.
const dark = matchMedia("(prefers-color-scheme: dark)");
const darken = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", darken);
darken();

const schema = new URLSearchParams(location.search).get("schema");
const docs = document.getElementById("docs");
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
