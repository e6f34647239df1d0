/** Random numbers as models need them: correlated ones, and ones of a tabulated distribution. */
package io.tlem.impair.random;
