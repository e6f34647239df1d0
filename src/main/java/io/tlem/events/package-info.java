/** What happens to a running link as events of the JDK Flight Recorder. Nothing of it runs on the threads of the stages. */
package io.tlem.events;
