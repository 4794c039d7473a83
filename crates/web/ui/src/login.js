// The login form's challenges. [data-work]: a worker solves the puzzle while the password is typed. [data-score]: a provider's
// script is asked for a score when the form is sent. The form waits for both and then goes by itself.
const form = document.querySelector("[data-login]");

/** The answer to the puzzle, once; its field is filled then. */
function work(place) {
  const field = place.querySelector("input");
  const says = place.querySelector("[data-work-says]");
  return new Promise((resolve, reject) => {
    const worker = new Worker(place.dataset.work);
    worker.addEventListener("message", ({ data }) => {
      field.value = data;
      says.textContent = "Your browser has solved the puzzle.";
      worker.terminate();
      resolve();
    });
    worker.addEventListener("error", () => {
      says.textContent = "Your browser could not solve the puzzle. Load the page again.";
      reject(new Error("the worker failed"));
    });
    worker.postMessage({ seed: place.dataset.seed, count: Number(place.dataset.count), bits: Number(place.dataset.bits) });
  });
}

/** The object of a provider's script, once it has loaded; after five seconds it counts as unreachable. */
function provider(path) {
  const found = () => path.split(".").reduce((object, key) => object?.[key], window);
  return new Promise((resolve, reject) => {
    const began = Date.now();
    const look = () => {
      const object = found();
      if (object?.ready) {
        object.ready(() => resolve(object));
      } else if (Date.now() - began > 5000) {
        reject(new Error("the provider's script did not load"));
      } else {
        setTimeout(look, 50);
      }
    };
    look();
  });
}

async function score(field) {
  const { score: path, siteKey, action } = field.dataset;
  try {
    const object = await provider(path);
    field.value = await object.execute(siteKey, { action });
  } catch {
    // The server decides what becomes of a form without a score.
    field.value = "";
  }
}

if (form) {
  const works = [...form.querySelectorAll("[data-work]")].map(work);
  const scores = [...form.querySelectorAll("[data-score]")];
  let ready = works.length + scores.length === 0;
  form.addEventListener("submit", async (event) => {
    if (ready || event.submitter?.formNoValidate) {
      return;
    }
    event.preventDefault();
    const button = form.querySelector("button.btn-primary");
    button.disabled = true;
    await Promise.allSettled([...works, ...scores.map(score)]);
    // In a task of its own: while this event is still under way the form cannot be sent again.
    setTimeout(() => {
      ready = true;
      button.disabled = false;
      form.requestSubmit(button);
    });
  });
}
