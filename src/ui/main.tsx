import { render } from "preact";
import { fetchAndNoteTime } from "./parts/server-time.ts";
import { App } from "./shell/app.tsx";
import { followWhileSeen } from "./shell/presence.ts";
import { followLinks } from "./shell/use-route.ts";
import { createStore } from "./store/store.ts";
import { keepTokenInTab } from "./store/token-keeper.ts";
import { StoreContext } from "./store/use-store.ts";

const store = createStore({
  url: location.origin,
  token: keepTokenInTab(() => sessionStorage),
  fetch: fetchAndNoteTime,
});
followWhileSeen(store, { document, locks: navigator.locks });
followLinks();
render(
  <StoreContext.Provider value={store}>
    <App />
  </StoreContext.Provider>,
  document.getElementById("app")!,
);
