package io.shanhai.gateway;

/// What every part of the contract stands on.
interface ContractGround {

    /// A fresh gateway per test, without routes.
    TestGateway gateway();

    /// A second one with other settings; the caller closes it.
    TestGateway gateway(GatewaySettings settings) throws Exception;
}
