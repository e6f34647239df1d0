/** The emulated link: stages, the pipeline of one direction, and the link of two of them. */
package io.tlem.link;
