/** Where objects that threads write all the time lie in memory: apart from each other. */
package io.tlem.layout;
