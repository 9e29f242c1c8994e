export const acquisition = {};
