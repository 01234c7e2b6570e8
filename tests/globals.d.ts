/** What tests find, or put, in the scope of a page: the script interface, and places for what they note. */
declare global {
  var unlearnLab: any;
  var conformance: any;
  var longTasks: { at: number; ms: number }[];
  var reached: number;
  var lefts: [number, number][];
  var ended: any;
  var goOn: any;
  var device: any;
  var PAGE_VERSION: string;
  var GPUBufferUsage: any;
  var Worker: any;
  var document: any;
  interface FileSystemHandle {
    getFile(): Promise<File>;
    createWritable(): Promise<FileSystemWritableFileStream>;
  }
}

export {};
