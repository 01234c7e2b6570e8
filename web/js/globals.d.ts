/** Values that the build puts in. */
/** Version of the page, put in by the build. */
declare const PAGE_VERSION: string;
/** sha256 of integrity.json; in the service worker. */
declare const PAGE_SEAL: string;
/** Headers that the service worker gives the page. */
declare const PAGE_HEADERS: [string, string][];
