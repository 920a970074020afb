// What TypeScript's decorators do, for a plugin that a shop uses as it is, without a build.

/** Decorates a class whose constructor is given `injected`. */
function decorateClass(target, decorator, injected = []) {
  Reflect.defineMetadata('design:paramtypes', injected, target);
  decorator(target);
}

/** Decorates a method, and its parameters from the first on. */
function decorateMethod(target, name, decorators, parameters = []) {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, name);
  for (const decorator of decorators) decorator(target.prototype, name, descriptor);
  parameters.forEach((decorator, index) => decorator(target.prototype, name, index));
}

/** Makes a class a table with these columns. */
function decorateEntity(target, table, columns) {
  const { Column, Entity } = require('typeorm');
  for (const [name, options] of Object.entries(columns)) Column(options)(target.prototype, name);
  Entity(table)(target);
}

module.exports = { decorateClass, decorateMethod, decorateEntity };
