/** Where the API begins. Apart, so that knowing it loads nothing of the API. */
export const BASE = '/api/v1'
