/** The version that the page was built with. */
declare const PAGE_VERSION: string;

declare module "*.css";
