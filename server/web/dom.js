// The little that is needed of a DOM library.

export const byId = (id) => document.getElementById(id);

// Writes only what is new, so that screen readers are told of changes alone.
export const say = (id, text) => {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
};
