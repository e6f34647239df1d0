/**
 * What others do with a running link over HTTP: an API, events, metrics. It does what the link's socket does, with the same
 * code ({@link io.tlem.control.LiveLink}, {@link io.tlem.control.LinkView}). Nothing that comes in here can slow packets down:
 * one thread touches the link, and has others wait; answers are made of samples; requests are limited in number, size and time.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.web;
