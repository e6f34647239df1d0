/**
 * Generating and receiving traffic: a port whose packets follow a schedule, what stamps them as they leave, and a port that
 * measures what arrives of them.
 */
package io.tlem.traffic;
