package io.shanhai.admin;

/// A part of the admin door's API: what other servers call a service or a controller.
public interface ApiPart {

    /// Declares its calls, each with its full path. Called once, before the door opens.
    void declare(Endpoints endpoints);
}
