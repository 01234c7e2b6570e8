import { defineConfig } from 'vite';

export default defineConfig({
  // Relative addresses, so that the result works in any folder of a host.
  base: './',
});
