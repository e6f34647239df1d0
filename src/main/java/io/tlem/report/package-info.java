/**
 * What a run was, at its end: assertions, and reports as pages, data and test results. Internal: users read the files.
 */
package io.tlem.report;
