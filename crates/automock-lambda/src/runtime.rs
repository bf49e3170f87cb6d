//! The loop between Lambda and the function.

use std::process::ExitCode;

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use lambda_runtime_api_client::PooledClient;
use serde_json::Value;
use tracing::{error, info};

use crate::error::chain;
use crate::{Function, Outcome, Settings, StartError, TickError, logs};

/// Where Lambda is told that a function can't begin:
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror>.
const INIT_ERROR: &str = "/2018-06-01/runtime/init/error";

/// Set wherever Lambda runs a program.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Serves Lambda's events until Lambda ends the process. Variables come from `variable`, such as
/// `|name| std::env::var(name).ok()`.
pub async fn run(variable: impl Fn(&str) -> Option<String>) -> ExitCode {
    logs::init();
    if variable(RUNTIME_API).is_none() {
        error!("{RUNTIME_API} is not set: this program is started by AWS Lambda");
        return ExitCode::FAILURE;
    }
    let function = match start(variable).await {
        Ok(function) => function,
        Err(error) => {
            report(&error).await;
            return ExitCode::FAILURE;
        }
    };
    match serve(&function).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(error = chain(&*error), "Lambda's Runtime API failed");
            ExitCode::FAILURE
        }
    }
}

async fn start(variable: impl Fn(&str) -> Option<String>) -> Result<Function, StartError> {
    let settings = Settings::read(variable)?;
    Function::connect(settings).await
}

async fn serve(function: &Function) -> Result<(), Error> {
    Runtime::new(service_fn(|event| answer(function, event)))
        .run()
        .await
}

async fn answer(function: &Function, event: LambdaEvent<Value>) -> Result<Outcome, TickError> {
    let LambdaEvent { payload, context } = event;
    let run = context.request_id.as_str();
    let words = |key: &str| payload.get(key).and_then(Value::as_str);
    info!(
        stack = function.stack().as_str(),
        run,
        source = words("source"),
        event = words("id"),
        "called"
    );
    let deadline = i64::try_from(context.deadline).ok();
    let deadline = deadline.and_then(|at| Timestamp::from_millisecond(at).ok());
    let tick = function.tick(run, deadline).await?;
    Ok(Outcome::new(function.stack(), &tick))
}

/// Tells Lambda why the function can't begin, so that it is more than an exit code there.
async fn report(error: &StartError) {
    let diagnostic = error.diagnostic();
    error!(
        error_type = diagnostic.error_type,
        error = diagnostic.error_message,
        "cannot begin"
    );
    if let Err(error) = post(&diagnostic).await {
        error!(error = chain(&*error), "Lambda's Runtime API failed");
    }
}

async fn post(diagnostic: &Diagnostic) -> Result<(), Error> {
    let body = serde_json::to_vec(diagnostic)?;
    let request = lambda_runtime_api_client::build_request()
        .method("POST")
        .uri(INIT_ERROR)
        .header("lambda-runtime-function-error-type", &diagnostic.error_type)
        .body(body.into())?;
    PooledClient::builder()
        .build()
        .call(request)
        .await
        .map(drop)
}
