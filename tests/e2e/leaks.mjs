// Every way we know in which a page, or a worker, could reach another machine. Each is a function of the stranger's address that runs in the browser; its
// name is the path the stranger is asked for, `sign` what else shows that it was reached. `by` says what blocks it: the security policy, the guard, or
// either alone. `leaves`: the page is gone if it works.

/** @typedef {{by: 'policy' | 'guard' | 'both', sign?: 'connection' | 'datagram' | 'name', leaves?: boolean, run: (to: {url: string, stun: string, name: string}) => unknown}} Way */

/** In the page. @type {Record<string, Way>} */
export const PAGE_WAYS = {
  fetch: { by: 'policy', run: ({ url }) => fetch(`${url}/fetch`, { mode: 'no-cors' }) },
  'fetch-post': { by: 'policy', run: ({ url }) => fetch(`${url}/fetch-post`, { method: 'POST', body: 'x', keepalive: true, mode: 'no-cors' }) },
  xhr: {
    by: 'both',
    run: ({ url }) => {
      const request = new XMLHttpRequest();
      request.open('GET', `${url}/xhr`);
      request.send();
    },
  },
  beacon: { by: 'both', run: ({ url }) => navigator.sendBeacon(`${url}/beacon`, 'x') },
  websocket: { by: 'both', run: ({ url }) => void new WebSocket(`${url.replace('http', 'ws')}/websocket`) },
  eventsource: { by: 'both', run: ({ url }) => void new EventSource(`${url}/eventsource`) },
  webrtc: {
    by: 'guard',
    sign: 'datagram',
    run: async ({ stun }) => {
      const peer = new RTCPeerConnection({ iceServers: [{ urls: stun }] });
      peer.createDataChannel('x');
      await peer.setLocalDescription(await peer.createOffer());
    },
  },
  image: { by: 'policy', run: ({ url }) => (new Image().src = `${url}/image.png`) },
  'css-url': { by: 'policy', run: ({ url }) => document.body.style.setProperty('background-image', `url(${url}/css-url.png)`) },
  'css-import': {
    by: 'policy',
    run: ({ url }) => {
      const style = document.createElement('style');
      style.append(`@import "${url}/css-import.css";`);
      document.head.append(style);
    },
  },
  'css-sheet': {
    by: 'policy',
    run: ({ url }) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`body { border-image: url(${url}/css-sheet.png) 1 }`);
      document.adoptedStyleSheets.push(sheet);
    },
  },
  stylesheet: {
    by: 'both',
    run: ({ url }) => {
      const link = document.createElement('link');
      Object.assign(link, { rel: 'stylesheet', href: `${url}/stylesheet.css` });
      document.head.append(link);
    },
  },
  font: { by: 'both', run: ({ url }) => new FontFace('x', `url(${url}/font)`).load() },
  form: {
    by: 'both',
    leaves: true,
    run: ({ url }) => {
      const form = document.createElement('form');
      Object.assign(form, { action: `${url}/form`, method: 'post' });
      document.body.append(form);
      form.submit();
    },
  },
  prefetch: {
    by: 'both',
    run: ({ url }) => {
      const link = document.createElement('link');
      Object.assign(link, { rel: 'prefetch', href: `${url}/prefetch` });
      document.head.append(link);
    },
  },
  preconnect: {
    by: 'guard',
    sign: 'connection',
    run: ({ url }) => {
      const link = document.createElement('link');
      Object.assign(link, { rel: 'preconnect', href: url });
      document.head.append(link);
    },
  },
  'dns-prefetch': {
    by: 'guard',
    sign: 'name',
    run: ({ name }) => {
      const link = document.createElement('link');
      Object.assign(link, { rel: 'dns-prefetch', href: `http://${name}/` });
      document.head.append(link);
    },
  },
  script: {
    by: 'policy',
    run: ({ url }) => {
      const script = document.createElement('script');
      script.src = `${url}/script.js`;
      document.head.append(script);
    },
  },
  import: { by: 'policy', run: ({ url }) => import(`${url}/import.js`) },
  'worker-import': {
    by: 'policy',
    run: ({ url }) => void new Worker(URL.createObjectURL(new Blob([`import "${url}/worker-import.js"`], { type: 'text/javascript' })), { type: 'module' }),
  },
  iframe: {
    by: 'both',
    run: ({ url }) => {
      const frame = document.createElement('iframe');
      frame.src = `${url}/iframe.html`;
      document.body.append(frame);
    },
  },
  'iframe-realm': {
    by: 'guard',
    sign: 'datagram',
    run: async ({ stun }) => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const peer = new /** @type {any} */ (frame.contentWindow).RTCPeerConnection({ iceServers: [{ urls: stun }] });
      peer.createDataChannel('x');
      await peer.setLocalDescription(await peer.createOffer());
    },
  },
  markup: { by: 'policy', run: ({ url }) => (document.body.appendChild(document.createElement('div')).innerHTML = `<img src="${url}/markup.png">`) },
  object: {
    by: 'both',
    run: ({ url }) => {
      const object = document.createElement('object');
      object.data = `${url}/object`;
      document.body.append(object);
    },
  },
  media: { by: 'policy', run: ({ url }) => void (document.body.append(Object.assign(document.createElement('video'), { src: `${url}/media`, preload: 'auto' }))) },
  window: { by: 'guard', run: ({ url }) => void globalThis.open(`${url}/window.html`) },
  navigation: { by: 'guard', leaves: true, run: ({ url }) => (location.href = `${url}/navigation.html`) },
  link: {
    by: 'guard',
    leaves: true,
    run: ({ url }) => {
      const link = document.createElement('a');
      link.href = `${url}/link.html`;
      document.body.append(link);
      link.click();
    },
  },
};

/** In the engine's worker. @type {Record<string, Way>} */
export const WORKER_WAYS = {
  'in-worker-fetch': { by: 'policy', run: ({ url }) => fetch(`${url}/in-worker-fetch`, { mode: 'no-cors' }) },
  'in-worker-xhr': {
    by: 'both',
    run: ({ url }) => {
      const request = new XMLHttpRequest();
      request.open('GET', `${url}/in-worker-xhr`);
      request.send();
    },
  },
  'in-worker-websocket': { by: 'both', run: ({ url }) => void new WebSocket(`${url.replace('http', 'ws')}/in-worker-websocket`) },
  'in-worker-eventsource': { by: 'both', run: ({ url }) => void new EventSource(`${url}/in-worker-eventsource`) },
  'in-worker-import': { by: 'policy', run: ({ url }) => import(`${url}/in-worker-import.js`) },
  'in-worker-font': { by: 'both', run: ({ url }) => new FontFace('x', `url(${url}/in-worker-font)`).load() },
  'in-worker-worker': {
    by: 'policy',
    run: ({ url }) => void new Worker(URL.createObjectURL(new Blob([`import "${url}/in-worker-worker.js"`], { type: 'text/javascript' })), { type: 'module' }),
  },
};
